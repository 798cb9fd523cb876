/** How the token endpoint answers. Errors are in both forms that clients look for: distribution's, and RFC 6749 section 5.2. */
import type { OutgoingHttpHeaders } from "node:http";
import { quoted } from "../auth/quoted.ts";
import type { TokenAnswer } from "../auth/token-service.ts";
import { sendJson, writeHead } from "./respond.ts";
import { ACCESS_TOKEN } from "./token-form.ts";
import type { Answer } from "./visit.ts";

const NOT_TO_KEEP = { "cache-control": "no-store", pragma: "no-cache" };

type Issued = Extract<TokenAnswer, { readonly kind: "issued" }>;
type Refusal = Exclude<TokenAnswer, Issued>;

/** How the token was asked for: each specification has a little more than the one before. */
export type Asking = "get" | "post" | "exchange";

export function sendToken(response: Answer, answer: TokenAnswer, asking: Asking): void {
  if (answer.kind === "issued") sendJson(response, bodyOf(answer, asking), NOT_TO_KEEP);
  else sendProblem(response, problemOf(answer));
}

function bodyOf({ token, scope, refreshToken }: Issued, asking: Asking): object {
  return {
    token: token.token,
    access_token: token.token,
    ...(asking !== "get" && { token_type: "Bearer", scope }),
    ...(asking === "exchange" && { issued_token_type: ACCESS_TOKEN }),
    expires_in: token.expiresInSeconds,
    issued_at: new Date(token.issuedAt).toISOString(),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  };
}

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly message: string;
  readonly headers?: OutgoingHttpHeaders;
}

function problemOf(answer: Refusal): Problem {
  switch (answer.kind) {
    case "refused": {
      const headers = { "www-authenticate": `Basic realm=${quoted("Moorage")}` };
      // With the usual words alone docker takes it for trouble that may pass, and tries five times.
      const message = `authentication required: ${answer.reason}`;
      return { status: 401, code: "UNAUTHORIZED", error: "invalid_grant", message, headers };
    }
    case "throttled": {
      const message = "too many requests: try again later";
      const headers = { "retry-after": String(answer.retryAfterSeconds) };
      return { status: 429, code: "TOOMANYREQUESTS", error: "temporarily_unavailable", message, headers };
    }
    case "invalid":
      return { status: 400, code: "UNSUPPORTED", error: "invalid_request", message: answer.reason };
  }
}

function sendProblem(response: Answer, { status, code, error, message, headers }: Problem): void {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message }], error, error_description: message }));
  writeHead(response, status, {
    "content-type": "application/json",
    "content-length": body.length,
    ...NOT_TO_KEEP,
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
