import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { createSigner, EMPTY_BODY, encodePath, encodeQuery } from "../../../../drivers/s3/sign.ts";

const EXAMPLE = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

const EXAMPLE_DAY = new Date("2013-05-24T00:00:00Z");
const HOST = "examplebucket.s3.amazonaws.com";
const GET = { method: "GET", path: "/", query: "", headers: { host: HOST }, bodyHash: EMPTY_BODY } as const;

test("the example in AWS's documentation of Signature Version 4: GET Object", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const headers = { host: HOST, range: "bytes=0-9" };
  const signed = sign({ ...GET, path: "/test.txt", headers }, EXAMPLE, EXAMPLE_DAY);
  assert.equal(
    signed.authorization,
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("the example of PUT Object: the hash of the body is part of the signature", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const headers = { host: HOST, date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" };
  const path = `/${encodePath("test$file.text")}`;
  const bodyHash = hash("sha256", "Welcome to Amazon S3.");
  const signed = sign({ ...GET, method: "PUT", path, headers, bodyHash }, EXAMPLE, EXAMPLE_DAY);
  assert.match(
    signed.authorization ?? "",
    /Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd$/,
  );
  assert.equal(signed["x-amz-content-sha256"], bodyHash);
});

test("the example of GET Bucket: so is the query, in the order of its names", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const query = encodeQuery({ prefix: "J", "max-keys": "2" });
  const signed = sign({ ...GET, query }, EXAMPLE, EXAMPLE_DAY);
  assert.match(
    signed.authorization ?? "",
    /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/,
  );
});

test("a session token is signed, and new credentials and days get keys of their own", () => {
  const sign = createSigner({ region: "us-east-1", service: "s3" });
  const request = { ...GET, method: "HEAD", path: "/key" } as const;
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

test("paths and queries are encoded as signatures have it", () => {
  assert.equal(encodeQuery({ uploadId: "a/b+c", partNumber: "1" }), "partNumber=1&uploadId=a%2Fb%2Bc");
  assert.equal(encodePath("a/b c/(1)!*'~_-.+=&ä"), "a/b%20c/%281%29%21%2A%27~_-.%2B%3D%26%C3%A4");
});
