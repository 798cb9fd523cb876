/** An answer that is an error. */
export class Failure extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection ends before the answer does. */
  readonly hangsUp: boolean;

  constructor(
    status: number,
    text = "",
    {
      headers = {},
      hangsUp = false,
    }: { readonly headers?: Readonly<Record<string, string>>; readonly hangsUp?: boolean } = {},
  ) {
    super(text);
    this.status = status;
    this.headers = headers;
    this.hangsUp = hangsUp;
  }
}
