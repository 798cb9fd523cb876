/** Azurite that takes tokens instead of a key, and therefore speaks TLS. */
import { readFileSync } from "node:fs";
import * as tls from "node:tls";
import { type Certificate, makeCertificate } from "../deploy/support/certificates.ts";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";

/** Why not here, for a test's `skip`. */
export const tokensMissing = "setDefaultCACertificates" in tls ? false : "needs Node 24.5";

/** Azurite looks at what a token says, not at who signed it. */
export const credential = {
  async getToken() {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      aud: "https://storage.azure.com",
      iss: "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
      oid: "66666666-7777-4888-8999-aaaaaaaaaaaa",
      tid: "11111111-2222-4333-8444-555555555555",
      ...{ iat: now - 60, nbf: now - 60, exp: now + 3600 },
    };
    const [header, payload] = [{ alg: "RS256", typ: "JWT" }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    return { token: `${header}.${payload}.c2ln`, expiresOnTimestamp: (now + 3600) * 1000 };
  },
};

export async function startWithTls(given?: Certificate): Promise<Azurite> {
  const { certificate, key } = given ?? (await makeCertificate(temporaryDirectory(), ["127.0.0.1"]));
  // For Azurite too: it reads the sources of copies.
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(certificate, "utf8")]);
  return await startAzurite({ certificate: { cert: certificate, key } });
}
