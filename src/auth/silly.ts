/** distribution's joke, for tests of clients: whoever sends any credentials at all is let in. */
import type { AccessController } from "./access-controller.ts";

export function createSillyAccess({
  realm,
  service,
}: {
  readonly realm: string;
  readonly service: string;
}): AccessController {
  return {
    description: "silly: everybody who sends any credentials may do everything; this protects nothing",
    async authorize(credentials, required) {
      if (credentials === undefined) {
        return { kind: "unauthenticated", challenge: { realm, service, required, error: undefined } };
      }
      return { kind: "granted", identity: { subject: "silly" } };
    },
    remembers: () => true,
  };
}
