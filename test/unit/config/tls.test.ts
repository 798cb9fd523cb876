/** `http.tls`: what was meant to protect must not be overlooked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CIPHER_SUITES } from "../../../src/config/cipher-suites.ts";
import { load, MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

const PAIR = { REGISTRY_HTTP_TLS_CERTIFICATE: "/server.crt", REGISTRY_HTTP_TLS_KEY: "/server.key" };
const tlsOf = async (environment: Readonly<Record<string, string>>) =>
  (await load({ environment: { ...PAIR, ...environment } })).config.http.tls;
const mistakesWith = (environment: Readonly<Record<string, string>>) =>
  mistakesOf({ environment: { ...PAIR, ...environment } });

test("without a certificate, plain HTTP", async () => {
  assert.equal((await load({})).config.http.tls, undefined);
  const environment = { REGISTRY_HTTP_TLS_CERTIFICATE: "", REGISTRY_HTTP_TLS_KEY: "" };
  assert.equal((await load({ environment })).config.http.tls, undefined);
});

test("distribution's variables, and its file", async () => {
  const byDefault = {
    certificate: "/server.crt",
    key: "/server.key",
    clientCas: [],
    minimumVersion: "TLSv1.2",
    ciphers: undefined,
    clientAuth: undefined,
  };
  assert.deepEqual(await tlsOf({}), byDefault);
  const yaml = `${MINIMUM}http:
  tls:
    certificate: /server.crt
    key: /server.key
    clientcas: [/a.pem, /b.pem]
    minimumtls: tls1.3
    ciphersuites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
`;
  assert.deepEqual((await load({ yaml })).config.http.tls, {
    ...byDefault,
    clientCas: ["/a.pem", "/b.pem"],
    minimumVersion: "TLSv1.3",
    ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    clientAuth: "require-and-verify-client-cert",
  });
  const { clientCas, clientAuth } =
    (await tlsOf({
      REGISTRY_HTTP_TLS_CLIENTCAS_0: "/ca.pem",
      REGISTRY_HTTP_TLS_CLIENTAUTH: "verify-client-cert-if-given",
    })) ?? {};
  assert.deepEqual([clientCas, clientAuth], [["/ca.pem"], "verify-client-cert-if-given"]);
});

test("half of a pair, and what needs one", async () => {
  const said = (environment: Readonly<Record<string, string>>) => mistakesOf({ environment });
  const place = "(environment): does nothing without";
  assert.deepEqual(await said({ REGISTRY_HTTP_TLS_CERTIFICATE: "/x" }), [
    `REGISTRY_HTTP_TLS_CERTIFICATE ${place} http.tls.key`,
  ]);
  assert.deepEqual(await said({ REGISTRY_HTTP_TLS_KEY: "/x" }), [
    `REGISTRY_HTTP_TLS_KEY ${place} http.tls.certificate`,
  ]);
  const others = { REGISTRY_HTTP_TLS_MINIMUMTLS: "tls1.3", REGISTRY_HTTP_TLS_CLIENTCAS: "[/ca.pem]" };
  assert.deepEqual(await said(others), [
    `REGISTRY_HTTP_TLS_MINIMUMTLS ${place} http.tls.certificate and http.tls.key`,
    `REGISTRY_HTTP_TLS_CLIENTCAS ${place} http.tls.certificate and http.tls.key`,
  ]);
});

test("what is older than TLS 1.2 is refused, and so are words that are none of the four", async () => {
  const [old = ""] = await mistakesWith({ REGISTRY_HTTP_TLS_MINIMUMTLS: "tls1.0" });
  assert.match(old, /^REGISTRY_HTTP_TLS_MINIMUMTLS = "tls1\.0" .*write tls1\.2 or tls1\.3: .*RFC 8996/);
  const [typo = ""] = await mistakesWith({
    REGISTRY_HTTP_TLS_CLIENTAUTH: "require",
    REGISTRY_HTTP_TLS_CLIENTCAS: "/x",
  });
  assert.match(typo, /write request-client-cert, .* or require-and-verify-client-cert$/);
  const [missing = ""] = await mistakesWith({ REGISTRY_HTTP_TLS_CLIENTAUTH: "verify-client-cert-if-given" });
  assert.match(missing, /needs http\.tls\.clientcas/);
  const [unknown = ""] = await mistakesWith({ REGISTRY_HTTP_TLS_CLIENTCA: "/x" });
  assert.match(unknown, /is not a setting; did you mean REGISTRY_HTTP_TLS_CLIENTCAS/i);
});

test("an unknown cipher suite is a mistake that lists the known ones", async () => {
  const suites = "[TLS_ECDHE_RSA_WITH_RC4_128_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA]";
  const [unknown = "", broken = ""] = await mistakesWith({ REGISTRY_HTTP_TLS_CIPHERSUITES: suites });
  assert.match(unknown, /is no cipher suite that is known/);
  for (const name of CIPHER_SUITES) assert.ok(unknown.includes(name));
  assert.match(broken, /3DES_EDE_CBC_SHA can be broken/);
});

test("what is worth saying", async () => {
  const warned = (environment: Readonly<Record<string, string>>) =>
    warningsOf({ environment: { ...PAIR, ...environment } });
  assert.deepEqual(await warned({}), []);
  assert.match(
    (await warned({ REGISTRY_HTTP_TLS_CIPHERSUITES: "[TLS_RSA_WITH_AES_128_GCM_SHA256]" })).join(),
    /TLS_RSA_WITH_AES_128_GCM_SHA256: whoever gets the key/,
  );
  assert.match((await warned({ REGISTRY_HTTP_HOST: "http://registry.example.com" })).join(), /says http, where/);
  const unchecked = { REGISTRY_HTTP_TLS_CLIENTCAS: "/x", REGISTRY_HTTP_TLS_CLIENTAUTH: "request-client-cert" };
  assert.match((await warned(unchecked)).join(), /looks at no certificate/);
});

test("a Unix socket speaks no TLS", async () => {
  const [mistake = ""] = await mistakesWith({ REGISTRY_HTTP_NET: "unix", REGISTRY_HTTP_ADDR: "/run/registry.sock" });
  assert.match(mistake, /is for http\.net: tcp/);
});

test("where everybody has to show a certificate, the registry is not open to everybody", async () => {
  const environment = { ...PAIR, REGISTRY_HTTP_TLS_CLIENTCAS: "/ca.pem" };
  const { config, remarks } = await load({ environment });
  assert.deepEqual(config.http.address, { kind: "tcp", host: undefined, port: 5000 });
  assert.deepEqual(remarks, []);
  const optional = { ...environment, REGISTRY_HTTP_TLS_CLIENTAUTH: "verify-client-cert-if-given" };
  assert.deepEqual((await load({ environment: optional })).config.http.address, {
    kind: "tcp",
    host: "127.0.0.1",
    port: 5000,
  });
  const open = { ...optional, REGISTRY_HTTP_ADDR: ":5000" };
  assert.match((await mistakesOf({ environment: open })).join(), /everybody who can reach/);
});

test("the registry orders no certificates, and says who does", async () => {
  const [mistake = ""] = await mistakesOf({ environment: { REGISTRY_HTTP_TLS_LETSENCRYPT_EMAIL: "me@example.com" } });
  assert.match(mistake, /certbot, Caddy or cert-manager .* http\.tls\.certificate/);
});
