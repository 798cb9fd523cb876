import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InFlight } from "../../../src/in-flight.ts";

test("it has what began and did not end, as a set would", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (steps) => {
      const inFlight = new InFlight<number>();
      const ends = new Map<number, () => void>();
      for (const item of steps) {
        const end = ends.get(item);
        if (end) {
          end();
          ends.delete(item);
        } else {
          ends.set(item, inFlight.begin(item));
        }
        assert.equal(inFlight.size, ends.size);
        assert.deepEqual([...inFlight].sort(), [...ends.keys()].sort());
      }
    }),
  );
});
