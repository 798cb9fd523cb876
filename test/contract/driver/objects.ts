import assert from "node:assert/strict";
import { bytesOf, isUniform, uniformBytes } from "../../support/bytes.ts";
import { assertSameBytes, assertSameInfo, type Contract, keysOf, read, rejectsWith } from "./harness.ts";

export function objects(contract: Contract): void {
  contract.case("what was put is what is read, whatever its size", async ({ driver, second, key }) => {
    for (const size of [0, 1, 71, 4096, 65_537, 1_500_003]) {
      const bytes = bytesOf(size);
      assert.equal((await driver.put(key(`size-${size}`), bytes)).size, size);
      const info = await driver.head(key(`size-${size}`));
      assert.equal(info.size, size);
      assert.ok(info.lastModified instanceof Date && !Number.isNaN(info.lastModified.getTime()));
      for (const replica of [driver, second]) {
        assertSameInfo(await replica.head(key(`size-${size}`)), info);
        const body = await replica.get(key(`size-${size}`));
        assertSameInfo(body.info, info);
        assert.equal(body.range, undefined);
        assertSameBytes(await body.bytes(), bytes);
      }
    }
  });

  contract.case("a body of several pieces is one object", async ({ driver, key }) => {
    const pieces = ["one", "", "two", "three", ""].map((text) => Buffer.from(text));
    assert.equal((await driver.put(key("pieces"), pieces)).size, 11);
    assert.equal((await read(driver, key("pieces"))).toString(), "onetwothree");
    assert.equal((await driver.put(key("none"), [])).size, 0);
    const many = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index},`));
    await driver.put(key("many"), many);
    assertSameBytes(await read(driver, key("many")), Buffer.concat(many));
  });

  contract.case("the caller's memory is the caller's again once the put is answered", async ({ driver, key }) => {
    const bytes = bytesOf(1000);
    await driver.put(key("memory"), bytes);
    const first = await read(driver, key("memory"));
    assertSameBytes(first, bytes);
    bytes.fill(0);
    first.fill(1);
    assertSameBytes(await read(driver, key("memory")), bytesOf(1000));
  });

  contract.case("the last write is read, under a version of its own", async ({ driver, second, key }) => {
    const versions = new Set<string>();
    for (let round = 0; round < 30; round++) {
      await driver.put(key("again"), Buffer.from(`round ${String(round).padStart(2, "0")}`));
      const { version } = await driver.head(key("again"));
      versions.add(version);
      assert.equal((await second.head(key("again"))).version, version);
      assert.equal((await read(second, key("again"))).toString(), `round ${String(round).padStart(2, "0")}`);
      if (round % 3 === 0) await driver.delete(key("again"));
    }
    assert.equal(versions.size, 30);
  });

  contract.case("what is not there is not_found", async ({ driver, key }) => {
    await driver.put(key("directory/object"), Buffer.from("x"));
    for (const absent of [key("nothing"), key("no/where"), key("directory"), key("directory/object2"), key("direc")]) {
      await rejectsWith("not_found", driver.head(absent));
      await rejectsWith("not_found", driver.get(absent));
      await rejectsWith("not_found", driver.get(absent, { range: { start: 0 } }));
      await rejectsWith("not_found", driver.copy(absent, key("target")));
    }
    assert.deepEqual(await keysOf(driver, key("")), [key("directory/object")]);
  });

  contract.case("an error names the operation and the key", async ({ driver, key }) => {
    await assert.rejects(driver.head(key("nothing")), { name: "DriverError", operation: "head", key: key("nothing") });
    await assert.rejects(driver.get(key("nothing")), { name: "DriverError", operation: "get", key: key("nothing") });
  });

  contract.case("delete takes away that object only, and may be repeated", async ({ driver, second, key }) => {
    for (const name of ["a/b", "a/bc", "a/b2/c"]) await driver.put(key(name), Buffer.from(name));
    for (let round = 0; round < 2; round++) await driver.delete(key("a/b"));
    await driver.delete(key("never/was"));
    await driver.delete(key("a/b2"));
    await driver.delete(key("a/bc/below"));
    await rejectsWith("not_found", second.head(key("a/b")));
    assert.deepEqual(await keysOf(second, key("")), [key("a/b2/c"), key("a/bc")]);
  });

  contract.case("deleteMany takes away all of them, present or not", async ({ driver, key }) => {
    for (const name of ["a", "b/c", "b/d", "e"]) await driver.put(key(name), Buffer.from(name));
    await driver.deleteMany([key("a"), key("nothing"), key("b/c"), key("b/d"), key("a")]);
    assert.deepEqual(await keysOf(driver, key("")), [key("e")]);
    await driver.deleteMany([]);
  });

  contract.case("readers see the old object or the new one, never a part", async ({ driver, second, key }) => {
    await driver.put(key("atomic"), uniformBytes(1));
    let writing = true;
    const reader = async () => {
      let reads = 0;
      while (writing || reads === 0) {
        assert.ok(isUniform(await read(second, key("atomic"))), "a mixture");
        reads++;
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    for (let value = 2; value <= 100; value++) await driver.put(key("atomic"), uniformBytes(value));
    writing = false;
    await readers;
  });

  contract.case("of several writers of one key, one is there in the end", async ({ driver, second, key }) => {
    const writers = Array.from({ length: 16 }, (_, index) =>
      (index % 2 ? driver : second).put(key("contended"), uniformBytes(index + 1)),
    );
    const infos = await Promise.all(writers);
    const { size } = await driver.head(key("contended"));
    assert.ok(infos.some((info) => info.size === size));
    assert.ok(isUniform(await read(driver, key("contended"))));
  });

  contract.case("an open body keeps to the object that it was opened on", async ({ driver, key }) => {
    await driver.put(key("replaced"), uniformBytes(200));
    const body = await driver.get(key("replaced"));
    await driver.put(key("replaced"), uniformBytes(3));
    assertSameBytes(await body.bytes(), uniformBytes(200));
  });

  contract.case("a put holds its own against deletes of its neighbours", async ({ driver, second, key }) => {
    const rounds = Array.from({ length: 100 }, (_, index) => index);
    await driver.put(key("d/e/f/victim"), Buffer.from("x"));
    const deleting = (async () => {
      for (const index of rounds) {
        await second.delete(key("d/e/f/victim"));
        await second.put(key("d/e/f/victim"), Buffer.from(`${index}`));
        await second.delete(key("d/e/f/victim"));
      }
    })();
    for (const index of rounds) {
      await driver.put(key("d/e/f/kept"), Buffer.from(`${index}`));
      assert.equal((await read(driver, key("d/e/f/kept"))).toString(), `${index}`);
      await driver.delete(key("d/e/f/kept"));
    }
    await deleting;
  });

  contract.case("the store says that it is well", async ({ driver }) => {
    await driver.check();
  });
}
