import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parseCertificates, verifyChain } from "../../../../src/auth/tokens/certificate-chain.ts";
import { type Issued, issueCertificate, newKey } from "../../../support/certificates.ts";

const NOW = Date.now();
const DAY = 24 * 3_600_000;
const CERT_SIGN = 0x04;
const SIGN = 0x80;

const root = issueCertificate({ name: "root", ca: true, keyUsage: CERT_SIGN });
const intermediate = issueCertificate({ name: "intermediate", issuer: root, ca: true });
const leaf = issueCertificate({ name: "leaf", issuer: intermediate, keyUsage: SIGN });

const isTrusted = (chain: readonly Issued[], roots: readonly Issued[] = [root], now = NOW): boolean => {
  const key = verifyChain(
    chain.map(({ base64 }) => base64),
    roots.map(({ pem }) => new X509Certificate(pem)),
    now,
  );
  if (key) assert.ok(key.equals(new X509Certificate(chain[0]?.pem ?? "").publicKey));
  return key !== undefined;
};

test("chains that end at a root", () => {
  assert.ok(isTrusted([leaf, intermediate]));
  assert.ok(isTrusted([leaf, intermediate, root]));
  assert.ok(isTrusted([issueCertificate({ name: "direct", issuer: root })]));
  for (const kind of ["ec", "ed25519", "rsa"] as const) {
    const other = issueCertificate({ name: "root", ca: true, kind });
    assert.ok(isTrusted([issueCertificate({ name: "x", issuer: other, kind })], [root, other]), kind);
  }
});

test("the certificate itself is in the bundle", () => {
  const self = issueCertificate({ name: "self" });
  assert.ok(isTrusted([self], [self]));
  assert.ok(isTrusted([leaf], [leaf]));
});

const forged: Readonly<Record<string, readonly Issued[]>> = {
  "nothing in between": [leaf],
  "out of order": (() => {
    const low = issueCertificate({ name: "low", issuer: intermediate, ca: true });
    return [issueCertificate({ name: "x", issuer: low }), intermediate, low];
  })(),
  "signs itself": [issueCertificate({ name: "leaf" })],
  "signs itself in the name of the root": [issueCertificate({ name: "root", ca: true })],
  "a root of its own with the same name": (() => {
    const evil = issueCertificate({ name: "root", ca: true });
    return [issueCertificate({ name: "leaf", issuer: evil }), evil];
  })(),
  "the same name, another key": [
    issueCertificate({ name: "leaf", issuer: { ...intermediate, key: newKey() } }),
    intermediate,
  ],
  "issued by a leaf": [issueCertificate({ name: "x", issuer: leaf }), leaf, intermediate],
  "issued by one that is no authority": (() => {
    const no = issueCertificate({ name: "no", issuer: root });
    return [issueCertificate({ name: "x", issuer: no }), no];
  })(),
  "issued by an authority that may not vouch": (() => {
    const no = issueCertificate({ name: "no", issuer: root, ca: true, keyUsage: SIGN });
    return [issueCertificate({ name: "x", issuer: no }), no];
  })(),
  "one authority more than allowed": (() => {
    const last = issueCertificate({ name: "last", issuer: root, ca: true, pathLength: 0 });
    const more = issueCertificate({ name: "more", issuer: last, ca: true });
    return [issueCertificate({ name: "x", issuer: more }), more, last];
  })(),
  "a critical extension that nobody knows": [issueCertificate({ name: "x", issuer: root, unknownCritical: true })],
  "an authority with one": (() => {
    const odd = issueCertificate({ name: "odd", issuer: root, ca: true, unknownCritical: true });
    return [issueCertificate({ name: "x", issuer: odd }), odd];
  })(),
  "may not sign": [issueCertificate({ name: "x", issuer: root, keyUsage: 0x20 })],
  expired: [issueCertificate({ name: "x", issuer: root, to: NOW - DAY })],
  "not yet": [issueCertificate({ name: "x", issuer: root, from: NOW + DAY })],
  "an expired authority": (() => {
    const old = issueCertificate({ name: "old", issuer: root, ca: true, to: NOW - DAY });
    return [issueCertificate({ name: "x", issuer: old }), old];
  })(),
  "too long": [leaf, intermediate, root, root, root, root, root],
  "in a circle": (() => {
    const [a, b] = [newKey(), newKey()];
    const first = issueCertificate({ name: "a", ca: true, key: a });
    const second = issueCertificate({ name: "b", issuer: first, ca: true, key: b });
    const back = issueCertificate({ name: "a", issuer: second, ca: true, key: a });
    return [second, back, second, back];
  })(),
};

for (const [what, chain] of Object.entries(forged)) test(`not trusted: ${what}`, () => assert.ok(!isTrusted(chain)));

test("an allowed number of authorities is allowed", () => {
  const last = issueCertificate({ name: "last", issuer: root, ca: true, pathLength: 1 });
  const more = issueCertificate({ name: "more", issuer: last, ca: true });
  assert.ok(isTrusted([issueCertificate({ name: "x", issuer: more }), more, last]));
});

test("an expired root vouches for nobody", () => {
  const old = issueCertificate({ name: "old", ca: true, to: NOW - DAY });
  assert.ok(!isTrusted([issueCertificate({ name: "x", issuer: old })], [old]));
});

test("what is no chain at all", () => {
  const roots = [new X509Certificate(root.pem)];
  const values: unknown[] = [
    undefined,
    null,
    "",
    leaf.base64,
    [],
    [1],
    [null],
    [""],
    ["AAAA"],
    [leaf.pem.slice(0, 50)],
    {},
    [[leaf.base64]],
    ["A".repeat(100_000)],
  ];
  for (const x5c of values) assert.equal(verifyChain(x5c, roots, NOW), undefined);
});

test("a bundle", () => {
  const bundle = `Subject: root\n${root.pem}\n# and\n${leaf.pem}`;
  assert.deepEqual(
    parseCertificates(bundle).map(({ subject }) => subject),
    ["CN=root", "CN=leaf"],
  );
  assert.throws(() => parseCertificates("nothing"), /there is no certificate/);
  assert.throws(
    () => parseCertificates(root.pem.replace(/^[A-Za-z0-9+/=]+$/m, "AAAA")),
    /its certificate number 1 cannot be read/,
  );
});
