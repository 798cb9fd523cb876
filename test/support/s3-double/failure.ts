import { element } from "./xml.ts";

/** An answer that is an error. */
export class Failure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }

  toXml(): string {
    return element("Error", element("Code", this.code) + element("Message", this.message));
  }
}
