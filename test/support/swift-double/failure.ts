export interface FailureOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection ends instead. */
  readonly hangsUp?: boolean;
  /** Of something in front of Swift. */
  readonly foreign?: boolean;
}

/** An answer that is an error. */
export class Failure extends Error {
  readonly status: number;
  readonly options: FailureOptions;

  constructor(status: number, text = "", options: FailureOptions = {}) {
    super(text);
    this.status = status;
    this.options = options;
  }
}
