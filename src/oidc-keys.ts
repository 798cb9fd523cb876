/** The keys of those who issue tokens to workloads: found by OpenID Connect Discovery 1.0, kept and looked at again. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { KeySource } from "./auth/tokens/verify-token.ts";
import type { OidcIssuer } from "./config/auth.ts";
import { isUnchangeable } from "./config/unchangeable.ts";
import { type GetOptions, getText } from "./get-text.ts";
import { isPrivateHost } from "./private-addresses.ts";
import { createRemoteKeys } from "./remote-keys.ts";
import type { Log, Runtime } from "./runtime.ts";

export interface OidcKeys {
  /** `undefined` for an issuer that the configuration does not name: nobody else is ever asked. */
  find(issuer: string): KeySource | undefined;
  readonly generation: number;
  close(): void;
}

const MAX_DOCUMENT_BYTES = 64 * 1024;
const MAX_KEY_SET_BYTES = 256 * 1024;
const PATIENCE = 5000;

/** Whoever needs keys that are not there yet waits for them: an issuer that is down keeps no registry from starting. */
export function openOidcKeys(
  issuers: readonly OidcIssuer[],
  services: { readonly runtime: Runtime; readonly log: Log },
): OidcKeys {
  const sources = new Map(
    issuers.map((issuer) => {
      const what = `the keys of ${issuer.issuer} (auth.oidc.issuers)`;
      return [issuer.issuer, createRemoteKeys({ what, fetch: () => fetchKeysOf(issuer) }, services)];
    }),
  );
  return {
    find: (issuer) => sources.get(issuer),
    get generation() {
      return [...sources.values()].reduce((sum, { generation }) => sum + generation, 0);
    },
    close() {
      for (const source of sources.values()) source.close();
    },
  };
}

const documentSchema = z.object({ issuer: z.string(), jwks_uri: z.string() });

/** Resolves to the text of a key set. `get` is for tests, which have no public addresses. */
export async function fetchKeysOf(
  { issuer, ca, tokenFile }: OidcIssuer,
  get: (options: GetOptions) => Promise<string> = getText,
): Promise<string> {
  const common = {
    authorities: ca === undefined ? undefined : await readFile(ca, "utf8"),
    token: tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim(),
    timeoutMilliseconds: PATIENCE,
  };
  const home = new URL(issuer);
  const url = new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const keys = locationOf(await get({ ...common, url, maxBytes: MAX_DOCUMENT_BYTES }), issuer);
  // An issuer in our own network may have its keys anywhere in it; one outside must not send us around in there.
  const mayBePrivate = keys.hostname === home.hostname || (await isPrivateHost(home.hostname));
  return await get({ ...common, url: keys, maxBytes: MAX_KEY_SET_BYTES, publicOnly: !mayBePrivate });
}

/** Section 4.3: a document that is about somebody else is not to be used. */
function locationOf(text: string, issuer: string): URL {
  const document = documentSchema.safeParse(parseJson(text)).data;
  if (document === undefined) throw new Error("its discovery document has no issuer and jwks_uri");
  if (document.issuer !== issuer) {
    throw new Error(`its discovery document is that of ${JSON.stringify(document.issuer.slice(0, 200))}`);
  }
  const url = URL.parse(document.jwks_uri);
  if (url === null || !isUnchangeable(url)) throw new Error("the jwks_uri of its discovery document is no https URL");
  return url;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
