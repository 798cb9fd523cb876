/** The certificate of a connection counts as long as it is good, and no longer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { createCertifiedNames } from "../../../src/http/certified-name.ts";
import { issueCertificate } from "../../support/certificates.ts";
import { ca, serverCertificate } from "../tls/tls-world.ts";

const own = serverCertificate();

async function serve(t: TestContext, now: () => number) {
  const nameOf = createCertifiedNames("commonname", now);
  const options = { cert: own.pem, key: own.keyPem, ca: ca.pem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => {
    response.end(JSON.stringify({ name: nameOf(request), authorized: (request.socket as TLSSocket).authorized }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function say(client: TLSSocket): Promise<{ readonly name?: string; readonly authorized: boolean }> {
  client.write("GET / HTTP/1.1\r\nHost: test\r\nX-Client-Cert: admin\r\nX-SSL-Client-S-DN: CN=admin\r\n\r\n");
  const [answer] = await once(client, "data");
  return JSON.parse(String(answer).split("\r\n\r\n")[1] ?? "");
}

test("until it ends, on a connection that goes on", async (t) => {
  let now = Date.now();
  const port = await serve(t, () => now);
  const { pem, keyPem } = issueCertificate({ name: "alice", issuer: ca, to: now + 60_000 });
  const client = connect({ port, host: "localhost", ca: ca.pem, cert: pem, key: keyPem });
  assert.deepEqual(await say(client), { name: "alice", authorized: true });
  now += 61_000;
  assert.deepEqual(await say(client), { authorized: true });
  client.destroy();
});

test("a session that is resumed has the certificate that it began with, if there was one", async (t) => {
  const port = await serve(t, Date.now);
  const again = async (
    certificate: { readonly cert?: string; readonly key?: string },
    maxVersion: "TLSv1.2" | "TLSv1.3",
  ) => {
    const place = { port, host: "localhost", ca: ca.pem, maxVersion, ...certificate };
    const first = connect(place);
    const session = once(first, "session");
    await say(first);
    const resumed = connect({ ...place, session: (await session)[0] });
    const answer = await say(resumed);
    assert.equal(resumed.isSessionReused(), true);
    for (const socket of [first, resumed]) socket.destroy();
    return answer.name;
  };
  const alice = issueCertificate({ name: "alice", issuer: ca });
  const mallory = issueCertificate({ name: "mallory" });
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    assert.equal(await again({ cert: alice.pem, key: alice.keyPem }, version), "alice");
    assert.equal(await again({ cert: mallory.pem, key: mallory.keyPem }, version), undefined);
    assert.equal(await again({}, version), undefined);
  }
});
