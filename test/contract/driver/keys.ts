import assert from "node:assert/strict";
import { type Contract, keysOf, read, rejectsWith } from "./harness.ts";

const ODD_NAMES = [
  "with space",
  " leading and trailing ",
  "per%cent%2Fcent%00",
  "plus+and&equals=?query#fragment",
  "é",
  "e\u0301",
  "日本語/タグ",
  "\u{1f6a2}/\u{10ffff}",
  "\uffff",
  "quotes'\"`",
  "<tags>",
  "back\\slash",
  "semi;colon:",
  "tilde~",
  "dots.../..hidden/...",
  "-dash",
  "new\nline",
  "UPPER/lower",
  `${"long".repeat(60)}/${"longer".repeat(40)}`,
  Array.from({ length: 60 }, () => "deep").join("/"),
];

const INVALID = [
  "",
  "/",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "../a",
  "a/..",
  "a/../b",
  "a/./b",
  "a\0b",
  "a/\0",
  "\ud800",
  "a/\udc00b",
];

export function keys(contract: Contract): void {
  contract.case("odd names are names", async ({ driver, second, refuses, prefix, key }) => {
    const names = ODD_NAMES.filter((name) => !refuses?.test(name));
    await Promise.all(names.map((name) => driver.put(key(name), Buffer.from(name))));
    for (const name of names) assert.equal((await read(second, key(name))).toString(), name);
    const expected = names.map(key).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await keysOf(driver, prefix), expected);
    for (const name of names) {
      await driver.copy(key(name), key(`copy/${name}`));
      await driver.delete(key(name));
      await rejectsWith("not_found", driver.head(key(name)));
    }
    assert.equal((await keysOf(driver, prefix)).length, names.length);
  });

  contract.case("what is no key is refused by every operation", async ({ driver, refuses, key }) => {
    const bytes = Buffer.from("x");
    await driver.put(key("source"), bytes);
    const refused = ODD_NAMES.filter((name) => refuses?.test(name)).map(key);
    for (const invalid of [...INVALID, ...refused]) {
      await rejectsWith("key_invalid", driver.head(invalid));
      await rejectsWith("key_invalid", driver.get(invalid));
      await rejectsWith("key_invalid", driver.put(invalid, bytes));
      await rejectsWith("key_invalid", driver.delete(invalid));
      await rejectsWith("key_invalid", driver.deleteMany([key("nothing"), invalid]));
      await rejectsWith("key_invalid", driver.copy(key("source"), invalid));
      await rejectsWith("key_invalid", driver.copy(invalid, key("target")));
      await rejectsWith("key_invalid", driver.multipart.create(invalid));
      if (driver.conditional) await rejectsWith("key_invalid", driver.conditional.create(invalid, bytes));
    }
    for (const invalid of ["/", "../", "a/../", "a//", "./a", "a\0", "a/\0"]) {
      await rejectsWith("key_invalid", keysOf(driver, invalid));
    }
    assert.deepEqual(await keysOf(driver, key("")), [key("source")]);
  });
}
