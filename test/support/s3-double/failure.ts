import { element, text } from "./xml.ts";

/** An answer that is an error. */
export class Failure extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message = code, more: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }

  toXml(): string {
    const fields = Object.entries({ Code: this.code, Message: this.message, ...this.more });
    return element("Error", fields.map(([name, value]) => text(name, value)).join(""));
  }
}
