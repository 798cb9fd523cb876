import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseClaimPattern } from "../../../../src/auth/policy/claim-pattern.ts";

const matches = (pattern: string, value: string) => parseClaimPattern(pattern).matches(value);

test("a star stops at a colon, two do not, and both may be nothing", () => {
  const yes = [
    ["repo:acme/*:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main"],
    ["repo:acme/**", "repo:acme/app:environment:prod:x"],
    ["*", ""],
    ["**", "a:b"],
    ["a*", "a"],
    ["*a*", "bab"],
    ["a.c", "a.c"],
    ["**:prod", "x:y:prod"],
    ["*:*", ":"],
  ] as const;
  const no = [
    ["repo:acme/*:ref:refs/heads/main", "repo:acme/app:x:ref:refs/heads/main"],
    ["repo:acme/*", "repo:acme/app:ref"],
    ["a.c", "abc"],
    ["a", "A"],
    ["a", "aa"],
    ["*a", "ab"],
    ["*:*", "::"],
    ["a*", "*"],
    ["a", "*"],
  ] as const;
  for (const [pattern, value] of yes) assert.ok(matches(pattern, value), `${pattern} ${value}`);
  for (const [pattern, value] of no) assert.ok(!matches(pattern, value), `${pattern} ${value}`);
  for (const pattern of ["", "***", "*a*a*a*a*"]) assert.throws(() => parseClaimPattern(pattern), RangeError);
});

test("as a regular expression would have it", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", ":", "*", "**", ".", "\\", "(", "😀"), { minLength: 1, maxLength: 8 })
    .map((pieces) => pieces.join(""))
    .filter((text) => !text.includes("***") && (text.match(/\*+/g) ?? []).length <= 4);
  const value = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", ".", "\n", "\\", "(", "😀"), maxLength: 10 });
  fc.assert(
    fc.property(pattern, value, (text, given) => {
      const pieces = text.split(/(\*+)/).map((piece) => {
        if (piece === "*") return "[^:]*";
        return piece === "**" ? ".*" : RegExp.escape(piece);
      });
      assert.equal(matches(text, given), new RegExp(`^${pieces.join("")}$`, "su").test(given));
    }),
    { numRuns: 5000 },
  );
});

test("no branch can be named so that it takes long", () => {
  const start = performance.now();
  assert.equal(matches("**a**a**a**b", "a".repeat(2000)), false);
  assert.ok(performance.now() - start < 1000);
});
