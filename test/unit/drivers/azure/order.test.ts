import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inByteOrder } from "../../../../drivers/azure/order.ts";
import { compareKeys } from "../../../../drivers/keys.ts";

const keys = fc.uniqueArray(
  fc
    .array(fc.constantFrom("a", "b", "/", "é", "\ud7ff", "\ue000", "\ufffd", "\u{10000}", "\u{1f6a2}"), {
      maxLength: 5,
    })
    .map((characters) => characters.join("")),
);

async function* entriesOf(sorted: readonly string[]) {
  for (const key of sorted) yield { key };
}

test("whichever of the two orders a store has, keys come in that of their bytes", async () => {
  await fc.assert(
    fc.asyncProperty(keys, async (given) => {
      const expected = given.toSorted(compareKeys);
      for (const sorted of [expected, given.toSorted()]) {
        const found: string[] = [];
        for await (const { key } of inByteOrder(entriesOf(sorted))) found.push(key);
        assert.deepEqual(found, expected);
      }
    }),
  );
});
