/** A platform that gives tokens to its jobs, as OpenID Connect Discovery 1.0 has it, on this machine. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export interface OidcIssuer {
  readonly url: string;
  /** Paths of the requests so far. */
  readonly requests: readonly string[];
  /** From now on it signs with this key. The sets of before are what `keep` leaves of them. */
  rotate(kid: string, options?: { readonly keep?: boolean; readonly algorithm?: string }): Promise<void>;
  /** Of a job. Claims that are `undefined` are left out. */
  token(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  readonly publicKeys: readonly JWK[];
  /** What it answers instead; `undefined` for what it always does. */
  answer: ((path: string, request: IncomingMessage, response: ServerResponse) => void) | undefined;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface OidcIssuerOptions {
  readonly now?: () => number;
  readonly audience?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export const AUDIENCE = "https://registry.example.com";

export async function startOidcIssuer(
  t: TestContext,
  { now = Date.now, audience = AUDIENCE, tls }: OidcIssuerOptions = {},
): Promise<OidcIssuer> {
  const requests: string[] = [];
  const signer = { kid: "", algorithm: "RS256", key: undefined as CryptoKey | undefined };
  let keys: JWK[] = [];
  let port = 0;
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    if (issuer.answer) return issuer.answer(path, request, response);
    const documents: Readonly<Record<string, object>> = {
      "/.well-known/openid-configuration": { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` },
      "/keys": { keys },
    };
    const document = documents[path];
    response.writeHead(document ? 200 : 404).end(JSON.stringify(document));
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const start = async () => {
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await start();
  t.after(stop);

  const issuer: OidcIssuer = {
    url: `http${tls ? "s" : ""}://127.0.0.1:${port}`,
    requests,
    answer: undefined,
    start,
    stop,
    get publicKeys() {
      return keys;
    },
    async rotate(kid, { keep = false, algorithm = "RS256" } = {}) {
      const pair = await generateKeyPair(algorithm, { extractable: true });
      Object.assign(signer, { kid, algorithm, key: pair.privateKey });
      keys = [...(keep ? keys : []), { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: "sig" }];
    },
    async token(claims = {}, header = {}) {
      const seconds = Math.floor(now() / 1000);
      const all = {
        iss: issuer.url,
        aud: audience,
        sub: "repo:acme/app:ref:refs/heads/main",
        iat: seconds,
        nbf: seconds,
        exp: seconds + 300,
        repository_owner: "acme",
        ...claims,
      };
      const { kid, algorithm: alg, key } = signer;
      if (key === undefined) throw new Error("it has no key yet");
      return await new SignJWT(all as JWTPayload).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(key);
    },
  };
  await issuer.rotate("first");
  return issuer;
}
