import assert from "node:assert/strict";
import fc from "fast-check";
import type { ListOptions, StorageDriver } from "../../../drivers/contract.ts";
import { type Contract, entriesOf, keysOf } from "./harness.ts";

const AT_ONCE = 32;

export function listings(contract: Contract): void {
  contract.case("an entry tells what head tells", async ({ driver, prefix, key }) => {
    await driver.put(key("a/b"), Buffer.from("four"));
    const { size, lastModified } = await driver.head(key("a/b"));
    assert.deepEqual(await entriesOf(driver, prefix), [{ kind: "object", key: key("a/b"), size, lastModified }]);
    assert.equal(size, 4);
    assert.deepEqual(await entriesOf(driver, prefix, { delimiter: "/" }), [{ kind: "prefix", key: key("a/") }]);
  });

  contract.case("the order is that of the bytes, where a slash is one of them", async ({ driver, key }) => {
    const tags = ["1.2", "1.2-alpine", "1.2.1", "1.20", "1", "latest"];
    await putAll(
      driver,
      tags.flatMap((tag) => [key(`tags/${tag}/current/link`), key(`tags/${tag}/index/sha256/0/link`)]),
    );
    const names = await keysOf(driver, key("tags/"), { delimiter: "/" });
    assert.deepEqual(
      names,
      ["1.2-alpine/", "1.2.1/", "1.2/", "1.20/", "1/", "latest/"].map((name) => key(`tags/${name}`)),
    );
    const all = await keysOf(driver, key("tags/"));
    assert.deepEqual(
      all,
      all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    assert.equal(all.length, 2 * tags.length);
  });

  contract.case("beyond the basic plane, too", async ({ driver, prefix, key }) => {
    await putAll(driver, [key("\u{10000}"), key("\ufffd"), key("\ue000"), key("z"), key("é")]);
    assert.deepEqual(await keysOf(driver, prefix), ["z", "é", "\ue000", "\ufffd", "\u{10000}"].map(key));
  });

  contract.case("a prefix need not end at a slash", async ({ driver, prefix, key }) => {
    await putAll(driver, ["a", "ab/1", "ab/2", "abc/3", "abd", "b"].map(key));
    assert.deepEqual(await keysOf(driver, key("ab")), ["ab/1", "ab/2", "abc/3", "abd"].map(key));
    assert.deepEqual(await keysOf(driver, key("ab"), { delimiter: "/" }), ["ab/", "abc/", "abd"].map(key));
    assert.deepEqual(await keysOf(driver, key("ab/"), { delimiter: "/" }), ["ab/1", "ab/2"].map(key));
    assert.deepEqual(await keysOf(driver, key("ab/1")), [key("ab/1")]);
    assert.deepEqual(await keysOf(driver, key("ab/1/")), []);
    assert.deepEqual(await keysOf(driver, key("nothing")), []);
    assert.deepEqual(await keysOf(driver, key("no/thing/")), []);
    assert.ok((await keysOf(driver, "")).includes(key("abd")));
    assert.deepEqual(await keysOf(driver, prefix.slice(0, -1), { delimiter: "/" }), [prefix]);
  });

  contract.case("startAfter leaves out what is not greater, of both kinds", async ({ driver, prefix, key }) => {
    await putAll(driver, ["a/1", "a/2", "b", "c/1", "d"].map(key));
    const after = (startAfter: string, delimiter?: "/") => keysOf(driver, prefix, { startAfter, delimiter });
    assert.deepEqual(await after(key("a/1")), ["a/2", "b", "c/1", "d"].map(key));
    assert.deepEqual(await after(key("a/")), ["a/1", "a/2", "b", "c/1", "d"].map(key));
    assert.deepEqual(await after(key("a/15")), ["a/2", "b", "c/1", "d"].map(key));
    assert.deepEqual(await after(key("b")), ["c/1", "d"].map(key));
    assert.deepEqual(await after(key("d")), []);
    assert.deepEqual(await after("zzz"), []);
    assert.equal((await after("a")).length, 5);
    assert.deepEqual(await after(key("a"), "/"), ["a/", "b", "c/", "d"].map(key));
    assert.deepEqual(await after(key("a/"), "/"), ["b", "c/", "d"].map(key));
    assert.deepEqual(await after(key("a/1"), "/"), ["b", "c/", "d"].map(key));
    assert.deepEqual(await after(key("b"), "/"), ["c/", "d"].map(key));
    assert.deepEqual(await after(key("c/1"), "/"), [key("d")]);
  });

  contract.case("there are more entries than the caller expects", async ({ driver, prefix, key }) => {
    const names = ["a-b/1", "a.b/1", "a/1", "b", "c/1", "d"].map(key);
    await putAll(driver, names);
    for (const expected of [1, 2, 5, 100_000]) {
      assert.deepEqual(await keysOf(driver, prefix, { expected }), names);
      assert.deepEqual(await keysOf(driver, prefix, { expected, startAfter: key("a-b/1") }), names.slice(1));
      assert.deepEqual(
        await keysOf(driver, prefix, { expected, startAfter: key("a"), delimiter: "/" }),
        ["a-b/", "a.b/", "a/", "b", "c/", "d"].map(key),
      );
    }
  });

  contract.case("many keys come in pages or at once, and go at once", async ({ driver, manyKeys, prefix, key }) => {
    const name = (index: number) => key(`${index % 7}/${String(index).padStart(5, "0")}`);
    const expected = Array.from({ length: manyKeys }, (_, index) => name(index));
    await putAll(driver, expected);
    expected.sort();
    assert.deepEqual(await keysOf(driver, prefix), expected);
    assert.deepEqual(
      await keysOf(driver, prefix, { delimiter: "/" }),
      [0, 1, 2, 3, 4, 5, 6].map((n) => key(`${n}/`)),
    );

    const paged: string[] = [];
    const count = Math.ceil(manyKeys / 6);
    for (let page = await firstKeys(driver, prefix, count); page.length > 0; ) {
      paged.push(...page);
      page = await firstKeys(driver, prefix, count, { startAfter: page.at(-1) });
    }
    assert.deepEqual(paged, expected);
    await driver.deleteMany(expected);
    assert.deepEqual(await keysOf(driver, prefix), []);
  });

  contract.case("objects may come and go while they are listed", async ({ driver, second, prefix, key }) => {
    const staying = Array.from({ length: 100 }, (_, index) => key(`stay-${index}/x`));
    const going = Array.from({ length: 100 }, (_, index) => key(`stay-${index}/y/z`));
    await putAll(driver, [...staying, ...going]);
    const [listed] = await Promise.all([keysOf(driver, prefix), second.deleteMany(going)]);
    assert.deepEqual(
      listed.filter((name) => name.endsWith("/x")),
      staying.toSorted(),
    );
    assert.equal(new Set(listed).size, listed.length);
  });

  contract.when("directories", "a directory's names are in the order of a listing", async (place, directories) => {
    const { driver, prefix, key } = place;
    const names = ["a-b/", "a.b", "a/", "b", "\ufffd", "\u{10000}/"];
    await putAll(
      driver,
      names.map((name) => key(isDirectory(name) ? `${name}x` : name)),
    );
    assert.deepEqual(await directories.names(prefix), names);
    assert.deepEqual(await directories.names(key("a/")), ["x"]);
    for (const none of ["a.b/", "a/x/", "none/"]) assert.deepEqual(await directories.names(key(none)), []);
    await driver.delete(key("a/x"));
    assert.ok(!(await directories.names(prefix)).includes("a/"), "nothing is left in it");
    await assert.rejects(directories.names("../"), { kind: "key_invalid" });
  });

  contract.case("a listing is what a sorted list of keys says it is", async ({ driver, key }) => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(keySets, questions, async (names, asked) => {
        const base = key(`${++round}/`);
        await putAll(
          driver,
          names.map((name) => base + name),
        );
        for (const { prefix, startAfter, delimiter } of asked) {
          const options = { startAfter: startAfter === undefined ? undefined : base + startAfter, delimiter };
          assert.deepEqual(
            (await keysOf(driver, base + prefix, options)).map((found) => found.slice(base.length)),
            model(names, prefix, startAfter, delimiter),
          );
        }
        await driver.deleteMany(names.map((name) => base + name));
      }),
      { numRuns: 60 },
    );
  });
}

const SEGMENTS = ["a", "b", "a-b", "a.b", "a0", "ab", "1.2", "1.2-x", "é", "\ufffd", "\u{1f6a2}", " ", "~"];
const names = fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const isDirectoryOf = (directory: string) => (name: string) => name.startsWith(`${directory}/`);
const keySets = fc
  .uniqueArray(names, { maxLength: 20 })
  .map((set) => set.filter((name) => !set.some(isDirectoryOf(name))));
const starts = names.chain((name) => fc.nat(name.length).map((cut) => name.slice(0, cut).toWellFormed()));
const questions = fc.array(
  fc.record({
    prefix: fc.oneof(fc.constant(""), starts),
    startAfter: fc.option(fc.oneof(names, starts), { nil: undefined }),
    delimiter: fc.constantFrom(undefined, "/" as const),
  }),
  { minLength: 1, maxLength: 8 },
);

function model(keys: readonly string[], prefix: string, startAfter: string | undefined, delimiter: "/" | undefined) {
  const rolled = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      return cut === -1 ? key : key.slice(0, cut + 1);
    });
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return [...new Set(rolled)].filter((key) => startAfter === undefined || order(key, startAfter) > 0).sort(order);
}

async function firstKeys(
  driver: StorageDriver,
  prefix: string,
  count: number,
  options?: ListOptions,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of driver.list(prefix, options)) {
    found.push(key);
    if (found.length === count) break;
  }
  return found;
}

const isDirectory = (name: string) => name.endsWith("/");

async function putAll(driver: StorageDriver, keys: readonly string[]): Promise<void> {
  const remaining = keys.values();
  const worker = async () => {
    for (const key of remaining) await driver.put(key, Buffer.from("x"));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
