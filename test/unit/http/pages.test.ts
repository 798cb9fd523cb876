import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePage } from "../../../src/http/pages.ts";
import { isTag, parseRepositoryName } from "../../../src/oci/names.ts";

const lastOf = (text: string) => parsePage(new URLSearchParams({ last: text })).last ?? "";
const namesAfter = (names: readonly string[], last: string) => names.filter((name) => name > last);
const isName = (text: string) => {
  try {
    return parseRepositoryName(text) === text;
  } catch {
    return false;
  }
};

const alphabet = [..."-./0aAz_", "\0", " ", "%", "~", "é", "\ud800", "😀"];
const text = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8 });
const name = fc.string({ unit: fc.constantFrom(..."-./0aAz_"), minLength: 1, maxLength: 6 });

test("whatever `last` is, the store sees plain text, and what comes after it is the same", () => {
  fc.assert(
    fc.property(text, fc.array(name, { maxLength: 30 }), (last, candidates) => {
      const names = candidates.filter((candidate) => isTag(candidate) || isName(candidate));
      const seen = lastOf(last);
      assert.match(seen, /^[\x2d-\x7a]*~?$/);
      // A form has no lone surrogates: they arrive as U+FFFD, which is as far behind.
      assert.deepEqual(namesAfter(names, seen), namesAfter(names, last));
    }),
    { numRuns: 2000 },
  );
});

test("however long it is", () => {
  const longest = "a".repeat(255);
  for (const last of [longest, `${longest}a`, "a".repeat(30_000), `${longest}é`, `${longest}\0`]) {
    assert.ok(lastOf(last).length <= 256);
    assert.deepEqual(namesAfter([longest, `${longest.slice(1)}b`], lastOf(last)), [`${longest.slice(1)}b`]);
  }
  assert.deepEqual(namesAfter([longest], lastOf("a".repeat(254))), [longest]);
});
