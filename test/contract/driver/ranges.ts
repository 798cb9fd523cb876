import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import type { ByteRange } from "../../../drivers/contract.ts";
import { bytesOf } from "../../support/bytes.ts";
import { collectingWritable } from "../../support/writables.ts";
import { assertSameBytes, assertSameInfo, type Contract, rejectsWith } from "./harness.ts";

/** Of ten bytes. */
const SATISFIABLE: readonly (readonly [ByteRange, text: string])[] = [
  [{ start: 0 }, "0123456789"],
  [{ start: 0, end: 9 }, "0123456789"],
  [{ start: 0, end: 0 }, "0"],
  [{ start: 3, end: 5 }, "345"],
  [{ start: 4 }, "456789"],
  [{ start: 9 }, "9"],
  [{ start: 9, end: 9 }, "9"],
  [{ start: 5, end: 10 }, "56789"],
  [{ start: 0, end: 1e9 }, "0123456789"],
];

const UNSATISFIABLE: readonly ByteRange[] = [
  { start: 10 },
  { start: 10, end: 10 },
  { start: 1e9 },
  { start: 5, end: 4 },
  { start: -1 },
  { start: 0.5 },
  { start: Number.NaN },
];

export function ranges(contract: Contract): void {
  contract.case("a range is both ends and what lies between", async ({ driver, key }) => {
    await driver.put(key("digits"), Buffer.from("0123456789"));
    const info = await driver.head(key("digits"));
    for (const [range, text] of SATISFIABLE) {
      const body = await driver.get(key("digits"), { range });
      assert.deepEqual(body.range, { start: range.start, end: range.start + text.length - 1 });
      assertSameInfo(body.info, info);
      assert.equal((await body.bytes()).toString(), text);
    }
  });

  contract.case("a range that holds no byte is range_invalid", async ({ driver, key }) => {
    await driver.put(key("digits"), Buffer.from("0123456789"));
    await driver.put(key("empty"), Buffer.alloc(0));
    for (const range of UNSATISFIABLE) await rejectsWith("range_invalid", driver.get(key("digits"), { range }));
    for (const range of [{ start: 0 }, { start: 0, end: 0 }, { start: 1 }]) {
      await rejectsWith("range_invalid", driver.get(key("empty"), { range }));
    }
  });

  contract.case("a range is the same in every way of reading it", async ({ driver, key }) => {
    const bytes = bytesOf(2_000_000);
    await driver.put(key("large"), bytes);
    for (const [start, end] of [
      [0, 524_287],
      [524_287, 524_288],
      [1, 1_048_577],
      [777_777, 1_999_999],
    ] as const) {
      const open = () => driver.get(key("large"), { range: { start, end } });
      const expected = bytes.subarray(start, end + 1);
      assertSameBytes(await (await open()).bytes(), expected);
      assertSameBytes(await buffer((await open()).stream()), expected);
      const { out, received } = collectingWritable();
      await (await open()).sendTo(out);
      assertSameBytes(received(), expected);
    }
  });
}
