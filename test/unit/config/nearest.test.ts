import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { distance, nearest } from "../../../src/config/nearest.ts";

test("letters added, dropped and replaced count one each", () => {
  assert.equal(distance("kitten", "sitting"), 3);
  assert.equal(distance("", "abc"), 3);
  assert.equal(distance("abc", ""), 3);
});

test("a slip finds what was meant, and nonsense finds nothing", () => {
  const known = ["addr", "host", "relativeurls"];
  assert.equal(nearest("adr", known), "addr");
  assert.equal(nearest("RelativeURL", known), "relativeurls");
  assert.equal(nearest("completely", known), undefined);
});

test("the distance is symmetric, and nothing only between equals", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(distance(a, b), distance(b, a));
      assert.equal(distance(a, b) === 0, a === b);
    }),
  );
});
