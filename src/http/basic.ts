/** Basic credentials on their way through passport, whose strategy it is to take them out of a request. */
import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler, Response } from "express";
import { Passport, type Strategy } from "passport";
import { BasicStrategy } from "passport-http";
import type { Credentials } from "../auth/access-controller.ts";
import { readBasic } from "./credentials.ts";
import type { Answer } from "./visit.ts";

export type BasicCredentials = Extract<Credentials, { readonly scheme: "basic" }>;

/** `undefined`: the request has no Basic credentials, or none that can be read. */
export type BasicCarrier = <Outcome>(
  request: IncomingMessage,
  response: Answer,
  verify: (credentials: BasicCredentials) => Promise<Outcome>,
) => Promise<Outcome | undefined>;

type Verify = (credentials: BasicCredentials) => Promise<object>;

export function createBasicCarrier(): BasicCarrier {
  const passport = new Passport();
  const verifiers = new WeakMap<IncomingMessage, Verify>();
  const strategy = new BasicStrategy({ passReqToCallback: true }, (request, _username, _password, done) => {
    // The strategy cuts passwords at their first colon: so they are read again.
    const credentials = readBasic(request.headers.authorization);
    const verify = verifiers.get(request);
    if (!credentials || !verify) return done(undefined, false);
    verify(credentials).then(
      (outcome) => done(undefined, outcome),
      (error: unknown) => done(error),
    );
  });
  passport.use("basic", strategy as Strategy);

  return <Outcome>(
    request: IncomingMessage,
    response: Answer,
    verify: (credentials: BasicCredentials) => Promise<Outcome>,
  ) =>
    new Promise<Outcome | undefined>((resolve, reject) => {
      verifiers.set(request, async (credentials) => ({ outcome: await verify(credentials) }));
      const settle = (error: unknown, user: { readonly outcome: Outcome } | false | undefined): void => {
        verifiers.delete(request);
        if (error) reject(error);
        else resolve(user ? user.outcome : undefined);
      };
      const handle: RequestHandler = passport.authenticate("basic", { session: false }, settle);
      // Typed for Express, whose additions it does not use.
      handle(request as Request, response as unknown as Response, reject);
    });
}
