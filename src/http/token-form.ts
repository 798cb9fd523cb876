/** What a client posts to get a token: RFC 6749, as far as distribution's OAuth2 specification goes, and RFC 8693. */
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

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
/** RFC 8693 section 3. */
const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`;

export const ACCESS_TOKEN = tokenType("access_token");
/** What platforms give to their jobs is an ID token to some, and just a token to others. */
const TAKEN: ReadonlySet<string | null> = new Set(["id_token", "jwt"].map(tokenType));
const GIVEN: ReadonlySet<string | null> = new Set([null, ...["access_token", "jwt"].map(tokenType)]);

export const isExchange = (form: URLSearchParams): boolean => form.get("grant_type") === TOKEN_EXCHANGE;

/** Whom the token is to be for; RFC 8693 has a word of its own for that. */
export const serviceIn = (form: URLSearchParams): string | undefined =>
  form.get("service") ?? (isExchange(form) ? form.get("audience") : undefined) ?? undefined;

/** RFC 8693 section 2.1. Throws `FormError`. */
function exchangeIn(form: URLSearchParams): Proof {
  if (!TAKEN.has(form.get("subject_token_type"))) {
    throw new FormError(`subject_token_type is ${[...TAKEN].join(" or ")}`);
  }
  if (!GIVEN.has(form.get("requested_token_type"))) throw new FormError(`requested_token_type is ${ACCESS_TOKEN}`);
  if (form.has("actor_token")) throw new FormError("nobody acts for somebody else here: leave out actor_token");
  const token = form.get("subject_token") ?? "";
  if (token === "") throw new FormError("subject_token is the token to exchange");
  return { kind: "exchange", token };
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
    case TOKEN_EXCHANGE:
      return exchangeIn(form);
    default:
      throw new FormError(`grant_type is password, refresh_token or ${TOKEN_EXCHANGE}`);
  }
}
