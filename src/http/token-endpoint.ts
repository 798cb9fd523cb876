/** Where tokens are to be had: GET as distribution's token specification has it, POST as its OAuth2 specification and RFC 8693 do. */
import type { IncomingMessage } from "node:http";
import { type RequestHandler, Router } from "express";
import type { RateLimit } from "../auth/rate-limit.ts";
import type { Proof, TokenAnswer, TokenRequest, TokenService } from "../auth/token-service.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Log } from "../runtime.ts";
import { createBasicCarrier } from "./basic.ts";
import { isAnonymous } from "./credentials.ts";
import { answerError } from "./errors.ts";
import { sendJson } from "./respond.ts";
import { sendToken } from "./token-answer.ts";
import { FormError, isExchange, proofIn, readForm, serviceIn } from "./token-form.ts";
import { type Answer, asAnswer } from "./visit.ts";

export const TOKEN_PATH = "/auth/token";
const KEYS_PATH = "/auth/jwks.json";

const KEYS_MAX_AGE_SECONDS = 300;

export interface TokenEndpointOptions {
  readonly service: TokenService;
  readonly rateLimit: RateLimit;
  readonly log: Log;
}

type Asked = Omit<TokenRequest, "address" | "proof">;

export function createTokenEndpoint({ service, rateLimit, log }: TokenEndpointOptions): Router {
  const carry = createBasicCarrier();

  async function ask({ locals }: Answer, asked: Asked, proof: Proof): Promise<TokenAnswer> {
    const { address } = locals;
    const answer = await service.issue({ ...asked, proof, address });
    const subject = answer.kind === "issued" ? answer.subject : "";
    const retryAfterSeconds = rateLimit.take(subject, locals);
    return retryAfterSeconds === 0 ? answer : { kind: "throttled", retryAfterSeconds };
  }

  const get = async (request: IncomingMessage, response: Answer): Promise<void> => {
    const query = new URL(request.url ?? "", "http://registry").searchParams;
    const asked: Asked = {
      service: query.get("service") ?? undefined,
      scopes: query.getAll("scope"),
      offline: query.get("offline_token") === "true",
    };
    // Who sends something that cannot be read does not want to be nobody.
    const otherwise = async (): Promise<TokenAnswer> =>
      isAnonymous(request.headers.authorization)
        ? ask(response, asked, { kind: "nobody" })
        : { kind: "refused", reason: "the credentials cannot be read" };
    const carried = await carry(request, response, (credentials) =>
      ask(response, asked, { kind: "password", credentials }),
    );
    sendToken(response, carried ?? (await otherwise()), "get");
  };

  const post = async (request: IncomingMessage, response: Answer): Promise<void> => {
    try {
      const form = await readForm(request, response);
      const asked: Asked = {
        service: serviceIn(form),
        scopes: form.getAll("scope"),
        offline: form.get("access_type") === "offline",
      };
      const answer = await ask(response, asked, proofIn(form));
      sendToken(response, answer, isExchange(form) ? "exchange" : "post");
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      if (!request.complete) response.setHeader("connection", "close");
      sendToken(response, { kind: "invalid", reason: error.message }, "post");
    }
  };

  const guarded =
    (handle: (request: IncomingMessage, response: Answer) => Promise<void> | void): RequestHandler =>
    async (request, expressResponse) => {
      const response = asAnswer(expressResponse);
      response.locals.handler = "token";
      try {
        await handle(request, response);
      } catch (error) {
        answerError(response, error, log);
      }
    };

  const router = Router({ caseSensitive: true, strict: true });
  router.get(TOKEN_PATH, guarded(get));
  router.post(TOKEN_PATH, guarded(post));
  router.all(TOKEN_PATH, guarded(onlyMethods("GET, HEAD, POST")));
  router.get(
    KEYS_PATH,
    guarded((_, response) => sendKeys(response, service)),
  );
  router.all(KEYS_PATH, guarded(onlyMethods("GET, HEAD")));
  return router;
}

function sendKeys(response: Answer, service: TokenService): void {
  sendJson(response, service.keySet(), {
    "content-type": "application/jwk-set+json",
    "cache-control": `public, max-age=${KEYS_MAX_AGE_SECONDS}`,
  });
}

const onlyMethods = (allowed: string) => (_: IncomingMessage, response: Answer) => {
  response.setHeader("allow", allowed);
  throw new RegistryError("unsupported", `the methods of this endpoint are ${allowed}`);
};
