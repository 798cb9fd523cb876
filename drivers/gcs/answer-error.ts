/** An answer that is not a good one. */
interface Told {
  readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] };
}

const LONGEST_MESSAGE = 300;

export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly status: number;
  /** As the JSON API names it; empty where it said nothing. */
  readonly reason: string;
  /** Whether Cloud Storage itself seems to have answered, and not somebody in between. */
  readonly isFromStorage: boolean;

  constructor(status: number, contentType: string, body: string) {
    const told = contentType.startsWith("application/json") ? toldIn(body) : undefined;
    // Answers to reading the bytes of an object are plain text.
    const isPlain = /^(No such object|Not Found)\b/.test(body);
    super((told?.error?.message ?? (isPlain ? body : "")).trim().slice(0, LONGEST_MESSAGE));
    this.status = status;
    this.reason = told?.error?.errors?.[0]?.reason ?? "";
    this.isFromStorage = told?.error !== undefined || isPlain;
  }
}

function toldIn(body: string): Told | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
