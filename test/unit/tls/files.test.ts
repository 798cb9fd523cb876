/** The files behind `http.tls`: what is wrong with them is said before the port opens, and what changes counts. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import { ExplainedError } from "../../../src/explained-error.ts";
import { issueCertificate } from "../../support/certificates.ts";
import { until } from "../../support/until.ts";
import { ca, filesWorld, otherCa, serverCertificate } from "./tls-world.ts";

const DAY = 24 * 3_600_000;
const own = serverCertificate();
const good = { "server.crt": own.pem, "server.key": own.keyPem };

test("everything that is wrong is said at once, with the setting and the file", async (t) => {
  const options = { certificate: "no.crt", key: "bad.key", clientCas: ["empty.pem", "ca.pem", "none.pem"] };
  const { open } = await filesWorld(t, { "bad.key": "a secret", "empty.pem": "", "ca.pem": ca.pem }, options);
  await assert.rejects(open(), (error: Error) => {
    assert.ok(error instanceof ExplainedError);
    assert.match(error.message, /^cannot use the certificates of http\.tls: /);
    assert.match(error.message, /http\.tls\.certificate \S+no\.crt cannot be read \(ENOENT\)/);
    assert.match(error.message, /http\.tls\.key \S+bad\.key has no key in PEM form/);
    assert.match(error.message, /http\.tls\.clientcas \S+empty\.pem has no certificate in PEM form/);
    assert.match(error.message, /http\.tls\.clientcas \S+none\.pem cannot be read/);
    assert.doesNotMatch(error.message, /a secret|ca\.pem/);
    return true;
  });
});

test("a key that is not the certificate's", async (t) => {
  const { open } = await filesWorld(t, { ...good, "server.key": ca.keyPem });
  await assert.rejects(open(), /server\.key is not the key of the first certificate in \S+server\.crt/);
});

test("a key with a passphrase, a certificate that is none, and a key that is too short", async (t) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const locked = privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" });
  const opening = async (files: Record<string, string>) => (await filesWorld(t, { ...good, ...files })).open();
  await assert.rejects(opening({ "server.key": String(locked) }), /has a passphrase/);
  const nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  await assert.rejects(opening({ "server.crt": nonsense }), /a certificate that cannot be read/);
  const short = serverCertificate({ key: privateKey });
  await assert.rejects(opening({ "server.crt": short.pem, "server.key": short.keyPem }), /key too small/);
});

test("the chain and the key may be one file", async (t) => {
  const between = issueCertificate({ name: "between", issuer: ca, ca: true });
  const leaf = serverCertificate({ issuer: between });
  const files = { "all.pem": leaf.keyPem + leaf.pem + between.pem };
  const { open, lines } = await filesWorld(t, files, { certificate: "all.pem", key: "all.pem" });
  await open();
  assert.deepEqual(lines, []);
});

test("a certificate that expires soon is a warning, one that has expired an error in the log", async (t) => {
  const saying = async (from: number, to: number) => {
    const { pem, keyPem } = serverCertificate({ from: Date.now() + from, to: Date.now() + to });
    const { open, lines } = await filesWorld(t, { "server.crt": pem, "server.key": keyPem });
    await open();
    return lines.map(({ level, message }) => `${level} ${message}`).join();
  };
  assert.equal(await saying(-DAY, 15 * DAY), "");
  assert.match(await saying(-DAY, 13 * DAY + DAY / 2), /^warn http\.tls\.certificate expires in 13 days, on /);
  assert.match(await saying(-2 * DAY, -DAY), /^error http\.tls\.certificate has expired, on 20/);
  assert.match(await saying(DAY, 20 * DAY), /^error http\.tls\.certificate is not good before 20/);
});

test("so is one without a name that clients look at", async (t) => {
  const { pem, keyPem } = issueCertificate({ name: "registry.example.com" });
  const { open, lines } = await filesWorld(t, { "server.crt": pem, "server.key": keyPem });
  await open();
  assert.match(lines.map(({ message }) => message).join(), /no subjectAltName/);
});

test("a pair that makes no sense leaves the old one, and the one after that counts", async (t) => {
  const { open, write, lines } = await filesWorld(t, good);
  const files = await open();
  const contexts: unknown[] = [];
  files.onChange(({ cert }) => void contexts.push(String(cert)));
  const next = serverCertificate();
  // Certificate and key do not change at once.
  await write("server.crt", next.pem);
  await until("it is told", () =>
    lines.some(({ message }) => /what was there before still counts.*is not the key/.test(message)),
  );
  assert.equal(String(files.current.cert), own.pem);
  await write("server.key", next.keyPem);
  await until("it counts", () => contexts.length === 1);
  assert.equal(String(files.current.cert), next.pem);
  const old = serverCertificate({ from: Date.now() - 2 * DAY, to: Date.now() - DAY, key: next.key });
  await write("server.crt", old.pem);
  await until("it is told", () =>
    lines.some(({ message }) => /still counts: http\.tls\.certificate has expired/.test(message)),
  );
  assert.equal(String(files.current.cert), next.pem);
});

test("a secret of Kubernetes changes behind a link, all of it at once", async (t) => {
  const { directory, open } = await filesWorld(
    t,
    {},
    { certificate: "tls.crt", key: "tls.key", clientCas: ["ca.crt"] },
  );
  const version = async (name: string, issued: typeof own, authority: string) => {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, "tls.crt"), issued.pem);
    await writeFile(join(directory, name, "tls.key"), issued.keyPem);
    await writeFile(join(directory, name, "ca.crt"), authority);
    await symlink(name, join(directory, "..data_tmp"));
    await rename(join(directory, "..data_tmp"), join(directory, "..data"));
  };
  await version("..1", own, ca.pem);
  for (const name of ["tls.crt", "tls.key", "ca.crt"]) await symlink(`..data/${name}`, join(directory, name));
  const files = await open();
  const next = serverCertificate();
  await version("..2", next, otherCa.pem);
  await until("it counts", () => String(files.current.cert) === next.pem);
  assert.equal(String(files.current.key), next.keyPem);
  assert.equal(String(files.current.ca), otherCa.pem);
});

test("a server takes what it is given", async (t) => {
  const { open } = await filesWorld(t, good, { minimumVersion: "TLSv1.3" });
  createServer((await open()).current).close();
});
