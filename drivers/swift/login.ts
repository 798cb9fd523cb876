/** How to get a token: TempAuth's v1, or Keystone's v2 and v3. */
import type { Agents } from "../agents.ts";
import { DriverError } from "../errors.ts";
import { authVersionOf, type SwiftParameters } from "./config.ts";
import { Refusal, swiftError } from "./errors.ts";
import { drain, exchange, type HttpAnswer, type HttpRequest } from "./http.ts";
import { logInV1 } from "./login-v1.ts";
import { logInV2 } from "./login-v2.ts";
import { logInV3 } from "./login-v3.ts";
import type { Grant, Login } from "./session.ts";

/** Sends a request to the identity service. Rejects with a `Refusal` unless the answer is a good one. */
export type Ask = (request: HttpRequest) => Promise<HttpAnswer>;

const VERSIONS: Readonly<Record<1 | 2 | 3, (ask: Ask, parameters: SwiftParameters) => Promise<Grant>>> = {
  1: logInV1,
  2: logInV2,
  3: logInV3,
};

export function createLogin(agents: Agents, parameters: SwiftParameters): Login {
  const logIn = VERSIONS[authVersionOf(parameters) ?? 3];
  const ask: Ask = async (request) => {
    const answer = await exchange(agents, request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    // What comes with it may repeat what was sent: the password.
    drain(answer);
    throw new Refusal(request.method, answer.status, "");
  };
  return async () => {
    try {
      return await logIn(ask, parameters);
    } catch (error) {
      throw explain(error, parameters);
    }
  };
}

function explain(cause: unknown, parameters: SwiftParameters): DriverError {
  if (cause instanceof DriverError) return cause;
  const { kind, message } = swiftError("login", undefined, cause);
  const where = `${parameters.authurl} (version ${authVersionOf(parameters)})`;
  if (!(cause instanceof Refusal)) return new DriverError(kind, "login", { cause, message: `${where}: ${message}` });
  const advice = ADVICE[cause.status];
  return new DriverError(kind === "not_found" ? "unexpected" : kind, "login", {
    cause,
    message: `${where} answered ${cause.status}${advice ? `: ${advice}` : ""}`,
  });
}

const ADVICE: Readonly<Record<number, string>> = {
  400: "it does not understand the request: check authversion, domain and tenant",
  401: "check username, password, domain and tenant",
  403: "this user may not log in here: check username and tenant",
  404: "there is no such service: check authurl, which ends in /v3 with Keystone, and in /auth/v1.0 with TempAuth",
  405: "there is no such service: check authurl and authversion",
};
