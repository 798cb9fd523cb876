import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseContentRange, parseRange, resolveSuffix } from "../../../src/http/ranges.ts";
import { RegistryError } from "../../../src/oci/errors.ts";

const numbers = fc.oneof(fc.nat({ max: 200 }), fc.bigInt({ min: 0n, max: 10n ** 18n })).map(String);
const nearlyRanges = fc.oneof(
  fc.tuple(fc.oneof(numbers, fc.constant("")), fc.oneof(numbers, fc.constant(""))).map(([a, b]) => `bytes=${a}-${b}`),
  fc.string({ unit: fc.constantFrom(..."bytes=0123-, "), maxLength: 20 }),
  fc.string(),
);

/** The bytes of a body of that size that are served: RFC 9110, with big numbers. */
function naive(header: string, size: number): readonly [number, number] | "all" | "none" {
  const [, first, last] = /^bytes=(\d{0,16})-(\d{0,16})$/i.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === "") return "all";
  const end = BigInt(size) - 1n;
  if (first === "")
    return last === "0" || /^0+$/.test(last) || size === 0 ? "none" : [Math.max(0, size - Number(last)), size - 1];
  const start = BigInt(first);
  if (start > end || (last !== "" && BigInt(last) < start)) return "none";
  return [Number(start), last !== "" && BigInt(last) < end ? Number(last) : size - 1];
}

function served(header: string, size: number): readonly [number, number] | "all" | "none" {
  try {
    const asked = parseRange(header);
    if (asked === undefined) return "all";
    const { start, end = Number.MAX_SAFE_INTEGER } = resolveSuffix(asked, size);
    // As every driver does.
    return start < size && Number.isSafeInteger(end) ? [start, Math.min(end, size - 1)] : "none";
  } catch (error) {
    assert.ok(error instanceof RegistryError && error.kind === "range_unsatisfiable");
    return "none";
  }
}

test("ranges of downloads", () => {
  fc.assert(
    fc.property(nearlyRanges, fc.nat({ max: 150 }), (header, size) => {
      assert.deepEqual(served(header, size), naive(header, size));
    }),
    { numRuns: 5000 },
  );
  assert.equal(parseRange(undefined), undefined);
});

test("ranges of chunks", () => {
  const nearly = fc.oneof(
    fc.tuple(numbers, numbers).map(([a, b]) => `${a}-${b}`),
    fc.string({ unit: fc.constantFrom(..."0123-/ bytes="), maxLength: 12 }),
  );
  fc.assert(
    fc.property(nearly, (header) => {
      const [, first, last] = /^\s*(\d{1,16})-(\d{1,16})\s*$/.exec(header) ?? [];
      const isGood = first !== undefined && Number(last) <= Number.MAX_SAFE_INTEGER && Number(first) <= Number(last);
      try {
        assert.deepEqual(parseContentRange(header), { start: Number(first), end: Number(last) });
        assert.ok(isGood, header);
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error));
        assert.equal(error.kind, "upload_invalid");
        assert.ok(!isGood, header);
      }
    }),
    { numRuns: 3000 },
  );
  assert.equal(parseContentRange(undefined), undefined);
});
