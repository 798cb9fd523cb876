import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  algorithmOf,
  createDigester,
  digestOf,
  hexOf,
  isDigest,
  parseDigest,
  parseDigestAlgorithm,
} from "../../../src/oci/digest.ts";
import { isRegistryError } from "../../../src/oci/errors.ts";

const isGood = (text: string) =>
  !text.endsWith("\n") && (/^sha256:[0-9a-f]{64}$/.test(text) || /^sha512:[0-9a-f]{128}$/.test(text));

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdefAFg\n"), minLength: length, maxLength: length });
const nearly = fc
  .tuple(
    fc.constantFrom("sha256", "sha512", "SHA256", "md5", "", "constructor", "__proto__", "sha256:sha256"),
    fc.constantFrom(":", "", "::", "-"),
    fc.oneof(hex(64), hex(128), hex(63), fc.constant("0".repeat(64)), fc.constant("f".repeat(128)), fc.string()),
  )
  .map((parts) => parts.join(""));

test("digests are those of the registered algorithms, in their one spelling", () => {
  fc.assert(
    fc.property(nearly, (text) => {
      assert.equal(isDigest(text), isGood(text));
      if (isGood(text)) assert.equal(parseDigest(text), text);
      else
        assert.throws(
          () => parseDigest(text),
          (error) => isRegistryError(error, "digest_invalid"),
        );
    }),
    { numRuns: 2000 },
  );
  for (const value of [undefined, null, 7, {}, [`sha256:${"0".repeat(64)}`]]) assert.equal(isDigest(value), false);
});

test("algorithms by name, and by no other property of objects", () => {
  for (const name of ["constructor", "toString", "__proto__", "", "SHA256", "md5"]) {
    assert.throws(() => parseDigestAlgorithm(name), { kind: "digest_invalid" });
  }
  for (const name of ["sha256", "sha512"] as const) assert.equal(parseDigestAlgorithm(name), name);
});

test("the digest of chunks is the digest of the whole, at every step and on every fork", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("sha256" as const, "sha512" as const),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }),
      fc.uint8Array({ minLength: 1 }),
      (algorithm, chunks, other) => {
        const digester = createDigester(algorithm);
        const seen: Uint8Array[] = [];
        for (const chunk of chunks) {
          digester.update(chunk);
          seen.push(chunk);
          const fork = digester.fork();
          fork.update(other);
          assert.equal(fork.digest(), digestOf(Buffer.concat([...seen, other]), algorithm));
          assert.equal(digester.digest(), digestOf(Buffer.concat(seen), algorithm));
        }
        const expected = createHash(algorithm).update(Buffer.concat(chunks)).digest("hex");
        assert.equal(hexOf(digester.digest()), expected);
        assert.equal(algorithmOf(digester.digest()), algorithm);
      },
    ),
    { numRuns: 200 },
  );
});
