import assert from "node:assert/strict";
import { test } from "node:test";
import { medianOf, percentileOf, ratioOf, spreadOf } from "../../bench/statistics.ts";

test("the median of an even number is between the two in the middle", () => {
  assert.equal(medianOf([9, 1, 5]), 5);
  assert.equal(medianOf([9, 1, 5, 7]), 6);
  assert.equal(medianOf([3]), 3);
});

test("the spread is the whole of it, in numbers' order", () => {
  assert.deepEqual(spreadOf([100, 9, 20]), { median: 20, min: 9, max: 100 });
});

test("a percentile is a value that was measured", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.equal(percentileOf(values, 0.99), 198);
  assert.equal(percentileOf(values, 0.5), 100);
  assert.equal(percentileOf([4, 2], 1), 4);
});

test("of nothing there is neither", () => {
  assert.throws(() => medianOf([]), RangeError);
  assert.throws(() => percentileOf([], 0.5), RangeError);
});

test("a ratio above 1 is better, whichever way the unit goes", () => {
  assert.equal(ratioOf(300, 100, "higher"), 3);
  assert.equal(ratioOf(2, 8, "lower"), 4);
});
