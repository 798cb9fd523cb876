/** What TLS adds to a server: handshakes, versions, certificates that change, and clients that do not speak it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { Agent, request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectWithTls, type SecureVersion } from "node:tls";
import { CIPHER_SUITES, toOpenSsl } from "../../../src/config/cipher-suites.ts";
import type { TlsConfig } from "../../../src/config/tls.ts";
import { createTlsServer } from "../../../src/tls-server.ts";
import { until } from "../../support/until.ts";
import { startFor } from "../server/wire.ts";
import { ask, ca, type FilesWorld, filesWorld, serverCertificate } from "./tls-world.ts";

const own = serverCertificate();
const good = { "server.crt": own.pem, "server.key": own.keyPem };

async function serve(
  t: TestContext,
  handler: RequestListener = (_, response) => void response.end("ok"),
  options: Partial<TlsConfig> = {},
) {
  const world: FilesWorld = await filesWorld(t, good, options);
  const tls = { files: await world.open(), clientAuth: options.clientAuth };
  const { server, lines } = await startFor(t, handler, { tls });
  assert.ok(server.address.kind === "tcp");
  return { ...world, server, serverLines: lines, port: server.address.port };
}

test("who speaks plain HTTP is told", async (t) => {
  const { port } = await serve(t);
  const client = connect(port, "127.0.0.1");
  client.write("GET /v2/ HTTP/1.1\r\nHost: test\r\n\r\n");
  const answer = Buffer.concat(await client.toArray()).toString();
  assert.equal(answer, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
});

test("nonsense, a client that leaves, and one that wants another protocol do no harm", async (t) => {
  const { port } = await serve(t);
  const nonsense = connect(port, "127.0.0.1").on("error", () => {});
  nonsense.write("nonsense, and more of it");
  await once(nonsense, "close");
  connect(port, "127.0.0.1")
    .on("error", () => {})
    .destroy();
  const foreign = connectWithTls({ port, host: "localhost", ca: ca.pem, ALPNProtocols: ["h2"] });
  await assert.rejects(once(foreign, "secureConnect"), { code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" });
  assert.equal((await ask(port)).body, "ok");
});

test("a client that offers HTTP/2 gets HTTP/1.1", async (t) => {
  const { port } = await serve(t);
  const client = connectWithTls({ port, host: "localhost", ca: ca.pem, ALPNProtocols: ["h2", "http/1.1"] });
  await once(client, "secureConnect");
  assert.equal(client.alpnProtocol, "http/1.1");
  client.destroy();
});

test("a handshake has its time, however steadily it goes on", async (t) => {
  const files = { current: { cert: own.pem, key: own.keyPem, ca: [] }, onChange() {} };
  const server = createTlsServer({}, { files, clientAuth: undefined }, 300).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  client.write(Buffer.from([0x16, 3, 1, 1, 0]));
  const dripping = setInterval(() => client.write("\0"), 50);
  const startedAt = performance.now();
  await once(client, "close");
  clearInterval(dripping);
  assert.ok(performance.now() - startedAt < 2000);
});

test("a handshake that is going on does not hold up the end", async (t) => {
  const { server, port } = await serve(t);
  const client = connect(port, "127.0.0.1").on("error", () => {});
  client.write(Buffer.from([0x16, 3, 1, 1, 0, 0]));
  // Connections are accepted in order.
  await ask(port);
  const startedAt = performance.now();
  const ended = once(client, "close");
  assert.deepEqual(await server.close({ timeoutMilliseconds: 10_000 }), { cutOff: 0 });
  await ended;
  assert.ok(performance.now() - startedAt < 5000);
});

const versionWith = async (port: number, options: object): Promise<string> => {
  const client = connectWithTls({ port, host: "localhost", ca: ca.pem, ...options });
  await once(client, "secureConnect");
  const version = `${client.getProtocol()} ${client.getCipher().standardName}`;
  client.destroy();
  return version;
};

test("TLS 1.2 and 1.3, and nothing older", async (t) => {
  const { port } = await serve(t);
  assert.match(await versionWith(port, {}), /^TLSv1\.3 /);
  assert.match(await versionWith(port, { maxVersion: "TLSv1.2" }), /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_/);
  const old = {
    minVersion: "TLSv1" as SecureVersion,
    maxVersion: "TLSv1.1" as SecureVersion,
    ciphers: "ALL:@SECLEVEL=0",
  };
  await assert.rejects(versionWith(port, old), { code: /PROTOCOL_VERSION/ });
});

test("TLS 1.3 alone", async (t) => {
  const { port } = await serve(t, undefined, { minimumVersion: "TLSv1.3" });
  assert.match(await versionWith(port, {}), /^TLSv1\.3 /);
  await assert.rejects(versionWith(port, { maxVersion: "TLSv1.2" }), { code: /PROTOCOL_VERSION/ });
});

test("cipher suites by Go's names", async (t) => {
  const only = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
  const { port } = await serve(t, undefined, { ciphers: toOpenSsl([only]) });
  assert.equal(await versionWith(port, { maxVersion: "TLSv1.2" }), `TLSv1.2 ${only}`);
  assert.match(await versionWith(port, {}), /^TLSv1\.3 /);
  const others = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
  await assert.rejects(versionWith(port, others), { code: /HANDSHAKE_FAILURE/ });
  const modern = await serve(t, undefined, { ciphers: toOpenSsl(["TLS_CHACHA20_POLY1305_SHA256"]) });
  assert.equal(await versionWith(modern.port, {}), "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256");
});

for (const kind of ["ec", "rsa"] as const) {
  test(`every cipher suite that can be named can be spoken with a key that is ${kind}`, async (t) => {
    const { pem, keyPem } = serverCertificate({ kind });
    for (const suite of CIPHER_SUITES) {
      if (/_(ECDSA|RSA)_WITH/.test(suite) && /_ECDSA_/.test(suite) !== (kind === "ec")) continue;
      const files = { current: { cert: pem, key: keyPem, ca: [], ciphers: toOpenSsl([suite]) }, onChange() {} };
      const { server } = await startFor(t, (_, response) => void response.end(), {
        tls: { files, clientAuth: undefined },
      });
      assert.ok(server.address.kind === "tcp");
      const maxVersion = suite.includes("_WITH_") ? "TLSv1.2" : "TLSv1.3";
      const spoken = await versionWith(server.address.port, { maxVersion, ciphers: toOpenSsl(CIPHER_SUITES) });
      assert.equal(spoken, `${maxVersion} ${suite}`);
    }
  });
}

test("a renewed certificate counts for new connections, and an upload goes on", async (t) => {
  const begun = Promise.withResolvers<void>();
  const { port, write } = await serve(t, async (incoming, response) => {
    let size = 0;
    for await (const chunk of incoming) {
      size += chunk.length;
      begun.resolve();
    }
    response.end(`got ${size}`);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const upload = request({
    port,
    host: "localhost",
    ca: ca.pem,
    agent,
    method: "PUT",
    headers: { "content-length": 6 },
  });
  upload.write("abc");
  await begun.promise;
  const next = serverCertificate({ name: "renewed" });
  await write("server.key", next.keyPem);
  await write("server.crt", next.pem);
  await until("new connections see it", async () => (await ask(port)).server === "renewed");
  upload.end("def");
  const [response] = await once(upload, "response");
  assert.equal(String(await response.toArray()), "got 6");
  // And its connection is still good after that.
  assert.equal(response.headers.connection, "keep-alive");
});
