import assert from "node:assert/strict";
import { test } from "node:test";
import { createSigner, encodePath } from "../../../../drivers/s3/sign.ts";

const EXAMPLE = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

test("the example in AWS's documentation of Signature Version 4: GET Object", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const headers = { host: "examplebucket.s3.amazonaws.com", range: "bytes=0-9" };
  const signed = sign({ method: "GET", path: "/test.txt", headers }, EXAMPLE, new Date("2013-05-24T00:00:00Z"));
  assert.equal(
    signed.authorization,
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("a session token is signed, and new credentials and days get keys of their own", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const request = { method: "HEAD", path: "/key", headers: { host: "h" } } as const;
  const day = new Date("2026-01-01T10:00:00Z");
  const one = sign(request, { ...EXAMPLE, sessionToken: "token" }, day);
  assert.match(one.authorization ?? "", /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
  assert.equal(one["x-amz-security-token"], "token");
  const signatures = [
    one,
    sign(request, EXAMPLE, day),
    sign(request, { ...EXAMPLE, secretAccessKey: "another" }, day),
    sign(request, EXAMPLE, new Date("2026-01-02T10:00:00Z")),
  ].map(({ authorization }) => authorization);
  assert.equal(new Set(signatures).size, 4);
  assert.equal(sign(request, EXAMPLE, day).authorization, signatures[1]);
});

test("paths are encoded as signatures have it", () => {
  assert.equal(encodePath("a/b c/(1)!*'~_-.+=&ä"), "a/b%20c/%281%29%21%2A%27~_-.%2B%3D%26%C3%A4");
});
