/** Client certificates: who gets in, and who that is. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hash } from "@node-rs/bcrypt";
import { issueCertificate } from "../../support/certificates.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { until } from "../../support/until.ts";
import { directoryFor, run, type Served, serveFor } from "../cli/process.ts";
import { ask, ca, otherCa, serverCertificate, showing } from "./tls-world.ts";

const DAY = 24 * 3_600_000;
const own = serverCertificate();
const alice = issueCertificate({ name: "alice", issuer: ca, use: "client" });
const builder = issueCertificate({ name: "x", issuer: ca, uris: ["spiffe://example.org/builder"] });
const robot = issueCertificate({ name: "ci", issuer: ca });
const late = issueCertificate({ name: "late", issuer: ca });

const signedByAlice = issueCertificate({ name: "alice", issuer: alice });

/** Verified by nobody, for one reason each. */
const BAD = {
  "of an authority that is not known": issueCertificate({ name: "alice", issuer: otherCa }),
  "that signs itself": issueCertificate({ name: "alice" }),
  "that has expired": issueCertificate({ name: "alice", issuer: ca, from: Date.now() - 2 * DAY, to: Date.now() - DAY }),
  "that is not good yet": issueCertificate({ name: "alice", issuer: ca, from: Date.now() + DAY }),
  "for servers": issueCertificate({ name: "alice", issuer: ca, use: "server" }),
  "signed by one that may not": { ...signedByAlice, pem: signedByAlice.pem + alice.pem },
};

const PERMISSIONS = `
groups: { builders: ["spiffe://example.org/builder"] }
robots: { ci: { expires: 2999-12-31 }, late: { expires: 2001-01-01 } }
rules:
  - { who: anyone, may: pull, in: public/** }
  - { who: [alice, robot ci, robot late], may: push, in: team/** }
  - { who: group builders, may: push, in: built/** }
`;

interface Registry extends Served {
  readonly port: number;
  readonly directory: string;
  readonly audit: () => readonly Readonly<Record<string, unknown>>[];
}

async function start(t: TestContext, variables: Readonly<Record<string, string>> = {}): Promise<Registry> {
  const { path: directory, remove } = await temporaryDirectory();
  t.after(remove);
  const files = {
    "server.crt": own.pem,
    "server.key": own.keyPem,
    "ca.pem": ca.pem,
    "permissions.yml": PERMISSIONS,
    htpasswd: `bob:${await hash("secret-of-bob", 4)}\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const served = await serveFor(t, {
    REGISTRY_HTTP_TLS_CERTIFICATE: join(directory, "server.crt"),
    REGISTRY_HTTP_TLS_KEY: join(directory, "server.key"),
    REGISTRY_HTTP_TLS_CLIENTCAS: join(directory, "ca.pem"),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replace("DIR", directory)])),
  });
  const audit = () => served.log.filter((line) => line.audit === true);
  return { ...served, directory, port: Number(new URL(served.base).port), audit };
}

const IF_GIVEN = { REGISTRY_HTTP_TLS_CLIENTAUTH: "verify-client-cert-if-given" };
const AS_IDENTITY = {
  REGISTRY_AUTH_CERTIFICATE: "{}",
  REGISTRY_AUTH_PERMISSIONS: "DIR/permissions.yml",
};
const WITH_PASSWORDS = { REGISTRY_AUTH_HTPASSWD_PATH: "DIR/htpasswd" };

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const push = (repository: string) => ({ path: `/v2/${repository}/blobs/uploads/`, method: "POST" });

test("required: nobody gets beyond the handshake without one that is good", async (t) => {
  const { port, log } = await start(t);
  assert.equal((await ask(port, { path: "/v2/", ...showing(alice) })).status, 200);
  await assert.rejects(ask(port, { path: "/v2/" }), { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" });
  await assert.rejects(ask(port, { path: "/livez" }));
  for (const [what, bad] of Object.entries(BAD)) {
    await assert.rejects(ask(port, { path: "/v2/", ...showing(bad) }), { code: "ECONNRESET" }, what);
  }
  const reasons = () =>
    log.filter(({ msg }) => msg === "refused the certificate of a client").map(({ reason }) => reason);
  await until("each has its reason", () => reasons().length === Object.keys(BAD).length);
  assert.deepEqual(
    new Set(reasons()),
    new Set([
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "CERT_HAS_EXPIRED",
      "CERT_NOT_YET_VALID",
      "INVALID_PURPOSE",
    ]),
  );
});

test("if given: a bad one is told what is wrong with it", async (t) => {
  const { port } = await start(t, IF_GIVEN);
  assert.equal((await ask(port, { path: "/v2/" })).status, 200);
  assert.equal((await ask(port, { path: "/v2/", ...showing(alice) })).status, 200);
  for (const [what, bad] of Object.entries(BAD)) {
    const { status, body, headers } = await ask(port, { path: "/v2/", ...showing(bad) });
    assert.equal(status, 403, what);
    assert.match(JSON.parse(body).errors[0].message, /^the certificate of this client is not good here: [A-Z_]+$/);
    assert.equal(headers.connection, "close");
  }
});

test("any: it has to be there, and says nothing", async (t) => {
  const { port } = await start(t, { REGISTRY_HTTP_TLS_CLIENTAUTH: "require-any-client-cert" });
  assert.equal((await ask(port, { path: "/v2/", ...showing(BAD["that has expired"]) })).status, 200);
  const { status, body } = await ask(port, { path: "/v2/" });
  assert.equal(status, 403);
  assert.match(body, /"DENIED","message":"this registry is for clients that show a certificate"/);
  const asked = await start(t, { REGISTRY_HTTP_TLS_CLIENTAUTH: "request-client-cert" });
  assert.equal((await ask(asked.port, { path: "/v2/" })).status, 200);
  assert.equal((await ask(asked.port, { path: "/v2/", ...showing(BAD["that has expired"]) })).status, 200);
});

test("without auth.certificate, it opens no door that a password does", async (t) => {
  const { port } = await start(t, WITH_PASSWORDS);
  assert.equal((await ask(port, { path: "/v2/", ...showing(alice) })).status, 401);
  const headers = basic("bob:secret-of-bob");
  assert.equal((await ask(port, { path: "/v2/", headers, ...showing(alice) })).status, 200);
});

test("with it, the permissions and the audit log have its name", async (t) => {
  const { port, audit } = await start(t, { ...IF_GIVEN, ...AS_IDENTITY, ...WITH_PASSWORDS });
  const asAlice = showing(alice);
  assert.equal((await ask(port, { path: "/v2/", ...asAlice })).status, 200);
  assert.equal((await ask(port, { ...push("team/app"), ...asAlice })).status, 202);
  assert.equal((await ask(port, { ...push("other/app"), ...asAlice })).status, 403);
  assert.equal((await ask(port, { ...push("team/app"), ...showing(robot) })).status, 202);
  assert.equal((await ask(port, { ...push("team/app"), ...showing(late) })).status, 401);
  // Somebody whom no rule knows is a user all the same.
  assert.equal((await ask(port, { ...push("team/app"), ...showing(builder) })).status, 403);
  const nobody = await ask(port, push("team/app"));
  assert.equal(nobody.status, 401);
  assert.equal(nobody.headers["www-authenticate"], 'Basic realm="Moorage"');
  await until("it is in the log", () => audit().some(({ event }) => event === "denial"));
  const lines = audit().map(({ event, outcome, user, method }) => [event, outcome, user, method].join(" "));
  assert.ok(lines.includes("login done alice certificate"), lines.join("\n"));
  assert.ok(lines.includes("denial refused alice "));
  assert.ok(lines.includes("login done robot:ci certificate"));
  assert.ok(lines.includes("login refused late certificate"));
});

test("a header that speaks of somebody wins, even one that cannot be read; and no header is a certificate", async (t) => {
  const { port } = await start(t, { ...IF_GIVEN, ...AS_IDENTITY, ...WITH_PASSWORDS });
  const asked = async (headers: Record<string, string>, options: object = showing(alice)) =>
    (await ask(port, { ...push("team/app"), headers, ...options })).status;
  assert.equal(await asked({}), 202);
  assert.equal(await asked(basic(":")), 202, "podman and skopeo have nothing to say, and say it");
  assert.equal(await asked(basic("bob:secret-of-bob")), 403);
  assert.equal(await asked(basic("bob:wrong")), 401);
  for (const authorization of ["Negotiate abc", "Bearer x", "Basic", ""]) {
    assert.equal(await asked({ authorization }), 401, authorization);
  }
  const claims = {
    "x-forwarded-client-cert": 'By=x;Subject="CN=alice"',
    "x-ssl-client-s-dn": "CN=alice",
    "x-client-cert": encodeURIComponent(alice.pem),
    "ssl-client-verify": "SUCCESS",
    "x-forwarded-for": "127.0.0.1",
    "x-remote-user": "alice",
  };
  assert.equal(await asked(claims, {}), 401);
});

test("certificates alone: who has none is told that it is about that", async (t) => {
  const { port } = await start(t, { ...IF_GIVEN, ...AS_IDENTITY, REGISTRY_AUTH_CERTIFICATE_NAME: "uri" });
  assert.equal((await ask(port, { ...push("built/app"), ...showing(builder) })).status, 202);
  for (const options of [{}, showing(alice)]) {
    const { status, body, headers } = await ask(port, { ...push("built/app"), ...options });
    assert.equal(status, 403);
    assert.match(body, /clients that show a certificate/);
    assert.equal(headers["www-authenticate"], undefined);
  }
  assert.equal((await ask(port, { path: "/v2/public/app/tags/list" })).status, 404);
});

test("an upload is whose it is", async (t) => {
  const { port } = await start(t, { ...IF_GIVEN, ...AS_IDENTITY });
  const { headers } = await ask(port, { ...push("team/app"), ...showing(alice) });
  const go = { path: String(headers.location), method: "GET" };
  assert.equal((await ask(port, { ...go, ...showing(alice) })).status, 204);
  assert.equal((await ask(port, { ...go, ...showing(robot) })).status, 404);
});

test("authorities are changed without a restart: what those of before vouched for ends with its next answer", async (t) => {
  const { port, directory } = await start(t, AS_IDENTITY);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 10 });
  t.after(() => agent.destroy());
  const onOne = { path: "/v2/", agent, ...showing(alice) };
  assert.equal((await ask(port, onOne)).headers.connection, "keep-alive");
  await writeFile(join(directory, "ca.pem"), otherCa.pem);
  const another = issueCertificate({ name: "alice", issuer: otherCa });
  await until("the other one counts", () =>
    ask(port, { path: "/v2/", ...showing(another) }).then(
      () => true,
      () => false,
    ),
  );
  assert.equal((await ask(port, onOne)).headers.connection, "close");
  // Nor does a session of then help.
  await assert.rejects(ask(port, onOne), { code: "ECONNRESET" });
});

test("it is a mistake where nobody looks at certificates", async (t) => {
  const cwd = await directoryFor(t);
  const { code, stderr } = await run(["config"], { REGISTRY_AUTH: "certificate" }, cwd);
  assert.equal(code, 1);
  assert.match(stderr, /REGISTRY_AUTH .*needs http\.tls\.clientcas/);
});
