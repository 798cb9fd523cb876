import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDuration } from "../../../src/config/duration.ts";

const cases = {
  "0": 0,
  "0s": 0,
  "1ns": 1,
  "500ms": 500,
  "1.1s": 1100,
  ".5s": 500,
  "1m30s": 90_000,
  "1h0m1s": 3_601_000,
  "168h": 604_800_000,
  "1000us": 1,
  "1000µs": 1,
  "+3s": 3000,
};

for (const [text, milliseconds] of Object.entries(cases)) {
  test(`${text} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds));
}

test("a bare number counts nanoseconds, rounded up to milliseconds", () => {
  assert.equal(parseDuration(30), 1);
  assert.equal(parseDuration(30_000_000_000), 30_000);
  assert.equal(parseDuration(0), 0);
});

for (const wrong of ["", "s", "5", "1 s", "-1s", "1d", "1s 2s", "1e3s", "NaN", null, true, -1, Number.NaN, 1e300]) {
  test(`${JSON.stringify(wrong)} is no duration`, () => assert.throws(() => parseDuration(wrong), RangeError));
}

test("hours, minutes, seconds and milliseconds add up", () => {
  const part = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(part, part, part, part, (h, m, s, ms) => {
      assert.equal(parseDuration(`${h}h${m}m${s}s${ms}ms`), h * 3_600_000 + m * 60_000 + s * 1000 + ms);
    }),
  );
});

test("tenths of a second are exact", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), (tenths) => {
      assert.equal(parseDuration(`${(tenths / 10).toFixed(1)}s`), tenths * 100);
    }),
  );
});

test("anything else is refused, never misread", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        assert.ok(parseDuration(text) >= 0);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});
