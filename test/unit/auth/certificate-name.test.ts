/** Names in certificates: one that could be another's is none. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { type CertificateField, nameIn } from "../../../src/auth/certificate-name.ts";
import { type CertificateOptions, issueCertificate } from "../../support/certificates.ts";

const named = (field: CertificateField, options: Partial<CertificateOptions>) =>
  nameIn(new X509Certificate(issueCertificate({ name: "alice", ...options }).pem), field);

test("the common name", () => {
  assert.equal(named("commonname", {}), "alice");
  assert.equal(named("commonname", { name: "Alice, of R&D" }), "Alice, of R&D");
  assert.equal(named("commonname", { name: "" }), undefined);
  assert.equal(named("commonname", { names: ["alice", "bob"] }), undefined);
  assert.equal(named("commonname", { names: [] }), undefined);
});

test("nothing in a common name makes another of it", () => {
  for (const name of ["alice\nCN=admin", "alice\0admin", "alice/CN=admin", "alice+CN=admin"]) {
    const found = named("commonname", { name });
    assert.notEqual(found, "admin");
    assert.notEqual(found, "alice");
  }
});

test("an alternative name of one kind", () => {
  const uris = ["spiffe://example.org/ns/ci/sa/builder"];
  const options = { uris, emails: ["alice@example.org"], hosts: ["ci.example.org", "127.0.0.1"] };
  assert.equal(named("uri", options), uris[0]);
  assert.equal(named("email", options), "alice@example.org");
  assert.equal(named("dns", options), "ci.example.org");
  assert.equal(named("uri", { emails: ["alice@example.org"] }), undefined);
  assert.equal(named("dns", {}), undefined);
});

test("two of a kind are none", () => {
  assert.equal(named("uri", { uris: ["spiffe://a/b", "spiffe://a/c"] }), undefined);
  assert.equal(named("email", { emails: ["a@b.c", "d@b.c"] }), undefined);
});

test("a name that looks like several is itself", () => {
  const uri = "spiffe://a/b, URI:spiffe://a/admin";
  assert.equal(named("uri", { uris: [uri] }), uri);
  assert.equal(named("email", { uris: ["x://y, email:admin@b.c"] }), undefined);
  assert.equal(named("email", { uris: ['x://"y", email:admin@b.c'], emails: ["a@b.c"] }), "a@b.c");
  assert.equal(named("dns", { emails: ["a@b.c\0, DNS:admin"] }), undefined);
});
