/** What a client posts to get a token: RFC 6749, as far as distribution's OAuth2 specification goes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Proof } from "../auth/token-service.ts";
import { readBody } from "./request-body.ts";

/** Enough for a token of a platform and for many scopes. */
const MAX_FORM_BYTES = 64 * 1024;

export class FormError extends Error {
  override readonly name = "FormError";
}

/** Throws `FormError`. */
export async function readForm(request: IncomingMessage, response: ServerResponse): Promise<URLSearchParams> {
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/x-www-form-urlencoded") {
    throw new FormError("send a form: application/x-www-form-urlencoded");
  }
  const tooLarge = () => new FormError(`the form is larger than ${MAX_FORM_BYTES} bytes`);
  return new URLSearchParams((await readBody(request, response, MAX_FORM_BYTES, tooLarge)).toString("utf8"));
}

/** Throws `FormError` for a kind of grant that nobody knows. */
export function proofIn(form: URLSearchParams): Proof {
  const text = (name: string) => form.get(name) ?? "";
  switch (form.get("grant_type")) {
    case "password": {
      const credentials = { scheme: "basic", username: text("username"), password: text("password") } as const;
      return { kind: "password", credentials };
    }
    case "refresh_token":
      return { kind: "refresh", token: text("refresh_token") };
    default:
      throw new FormError("grant_type is password or refresh_token");
  }
}
