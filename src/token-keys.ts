/** The keys of those whose tokens are taken: from files and URLs, as they are now. */
import { parseCertificates } from "./auth/tokens/certificate-chain.ts";
import { createKeyRing, type KeyRing } from "./auth/tokens/key-ring.ts";
import { parseKeySet } from "./auth/tokens/key-set.ts";
import type { KeySource } from "./auth/tokens/verify-token.ts";
import type { TokenConfig } from "./config/auth.ts";
import { getText } from "./get-text.ts";
import { createRemoteKeys, type RemoteKeys } from "./remote-keys.ts";
import type { Log, Runtime } from "./runtime.ts";
import { type Watched, watchFiles } from "./watched-files.ts";

export interface TokenKeys extends KeySource {
  readonly generation: number;
  close(): void;
}

const MAX_KEY_SET_BYTES = 256 * 1024;
const PATIENCE = 5000;

/** Rejects `ExplainedError` for files that are not there, or make no sense. What a URL does not answer may come later. */
export async function openTokenKeys(
  { rootCertBundle, jwks }: Pick<TokenConfig, "rootCertBundle" | "jwks">,
  services: { readonly runtime: Runtime; readonly log: Log },
): Promise<TokenKeys> {
  const now = () => services.runtime.now();
  const files: Watched<KeyRing>[] = [];
  if (rootCertBundle !== undefined) {
    const what = `the certificates in ${rootCertBundle} (auth.token.rootcertbundle)`;
    const parse = (pem: string) => createKeyRing({ keys: [], roots: parseCertificates(pem) }, now);
    files.push(await watchText(what, rootCertBundle, parse, services));
  }
  if (jwks?.kind === "file") {
    const parse = (json: string) => createKeyRing({ keys: parseKeySet(json) }, now);
    files.push(await watchText(`the keys in ${jwks.path} (auth.token.jwks)`, jwks.path, parse, services));
  }
  const remote = jwks?.kind === "url" ? [remoteKeys(jwks.url, services)] : [];
  await Promise.all(remote.map(({ started }) => started));
  const find: KeyRing["find"] = (header) => {
    for (const ring of [...files.map(({ current }) => current), ...remote.map((keys) => keys.ring)]) {
      const found = ring.find(header);
      if (found) return found;
    }
    return undefined;
  };
  const everything = [...files, ...remote];
  return {
    ring: { find },
    async refresh() {
      await Promise.all(remote.map((keys) => keys.refresh()));
    },
    get generation() {
      return everything.reduce((sum, { generation }) => sum + generation, 0);
    },
    close() {
      for (const one of everything) one.close();
    },
  };
}

function watchText<Value>(
  what: string,
  path: string,
  parse: (text: string) => Value,
  services: { readonly runtime: Runtime; readonly log: Log },
): Promise<Watched<Value>> {
  return watchFiles({ what, paths: [path], parse: ([content]) => parse(content?.toString("utf8") ?? "") }, services);
}

function remoteKeys(url: string, services: { readonly runtime: Runtime; readonly log: Log }): RemoteKeys {
  const fetch = () => getText({ url: new URL(url), maxBytes: MAX_KEY_SET_BYTES, timeoutMilliseconds: PATIENCE });
  return createRemoteKeys({ what: `the keys at ${url} (auth.token.jwks)`, fetch }, services);
}
