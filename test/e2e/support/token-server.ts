/**
 * A token server of the kind that was written for distribution 2, such as docker_auth: tokens by GET and Basic alone, without
 * refresh tokens; RS256, with libtrust's name for the key; its certificate is the registry's `rootcertbundle`.
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { issueCertificate } from "../../support/certificates.ts";
import { makeToken } from "../../support/tokens.ts";
import { type Account, basic } from "./accounts.ts";
import { temporaryDirectory } from "./directories.ts";
import { run } from "./programs.ts";

export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  readonly service: string;
  /** A file. */
  readonly rootCertBundle: string;
}

const LIFETIME_SECONDS = 900;

/** Everybody who has an account may do everything. */
export async function startTokenServer(t: TestContext, accounts: readonly Account[]): Promise<TokenServer> {
  const [issuer, service] = ["Acme auth server", "Docker registry"];
  const certificate = issueCertificate({ name: "auth server", kind: "rsa" });
  const rootCertBundle = join(temporaryDirectory(), "auth.crt");
  await writeFile(rootCertBundle, certificate.pem);
  const kid = await libtrustId(certificate.keyPem);
  const users = new Map(accounts.map((account) => [basic(account), account.user]));

  const server = createServer((request, response) => {
    const user = users.get(request.headers.authorization ?? "");
    if (request.method !== "GET") return void response.writeHead(405).end();
    if (user === undefined) {
      return void response.writeHead(401, { "www-authenticate": `Basic realm="${issuer}"` }).end("Auth failed.\n");
    }
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: issuer, sub: user, aud: queryOf(request).get("service"), jti: randomUUID() },
      ...{ nbf: now - 10, iat: now, exp: now + LIFETIME_SECONDS },
      access: queryOf(request).getAll("scope").flatMap(accessIn),
    };
    const token = makeToken({ key: certificate.key, header: { kid }, claims });
    sendJson(response, { access_token: token, token });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // At private addresses crane takes only names, and oras only the name of the registry itself.
  const realm = `http://localhost:${(server.address() as AddressInfo).port}/auth`;
  return { realm, issuer, service, rootCertBundle };
}

const queryOf = ({ url = "/" }: IncomingMessage) => new URL(url, "http://server").searchParams;

function accessIn(scopes: string): object[] {
  return scopes.split(" ").map((scope) => {
    const [type, name, actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",") };
  });
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Not with our own function: it is to agree with others. */
async function libtrustId(keyPem: string): Promise<string> {
  const input = { input: keyPem };
  const script = "openssl pkey -pubout -outform DER | openssl sha256 -binary | head -c 30 | base32";
  const { stdout } = await run("sh", ["-c", script], input);
  return stdout.trim().match(/.{4}/g)?.join(":") ?? "";
}
