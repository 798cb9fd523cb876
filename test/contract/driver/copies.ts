import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { ObjectInfo, StorageDriver } from "../../../drivers/contract.ts";
import { bytesOf, isUniform, uniformBytes } from "../../support/bytes.ts";
import { assertSameBytes, type Contract, keysOf, read, rejectsWith } from "./harness.ts";

export function copies(contract: Contract): void {
  contract.case("a copy is an object of its own", async ({ driver, second, key }) => {
    await driver.put(key("source"), bytesOf(100_000));
    assert.equal((await driver.copy(key("source"), key("a/b/target"))).size, 100_000);
    assert.equal((await second.head(key("a/b/target"))).size, 100_000);
    assertSameBytes(await read(second, key("a/b/target")), bytesOf(100_000));

    await driver.put(key("source"), Buffer.from("changed"));
    assertSameBytes(await read(driver, key("a/b/target")), bytesOf(100_000));
    await driver.copy(key("a/b/target"), key("third"));
    await driver.put(key("third"), Buffer.from("changed"));
    assertSameBytes(await read(driver, key("a/b/target")), bytesOf(100_000));
    await driver.delete(key("a/b/target"));
    assert.equal((await read(driver, key("third"))).toString(), "changed");
  });

  contract.case("a copy replaces what was there, and may be repeated", async ({ driver, key }) => {
    await driver.put(key("source"), Buffer.from("new"));
    await driver.put(key("target"), Buffer.from("old"));
    for (let round = 0; round < 3; round++) await driver.copy(key("source"), key("target"));
    assert.equal((await read(driver, key("target"))).toString(), "new");
    assert.equal((await read(driver, key("source"))).toString(), "new");
    assert.deepEqual(await keysOf(driver, key("")), [key("source"), key("target")]);
  });

  contract.case("a copy onto itself changes nothing but its date", async ({ driver, key }) => {
    await driver.put(key("same"), bytesOf(500));
    assert.equal((await driver.copy(key("same"), key("same"))).size, 500);
    assertSameBytes(await read(driver, key("same")), bytesOf(500));
  });

  contract.case("every write makes an object young", async ({ driver, key }) => {
    await driver.put(key("source"), Buffer.from("source"));
    const source = await driver.head(key("source"));
    const younger = youngerIn(driver);
    const copied = await younger(source, key("target"), () => driver.copy(key("source"), key("target")));
    assert.notEqual(copied.version, source.version);
    await younger(copied, key("target"), () => driver.copy(key("target"), key("target")));
    await younger(source, key("source"), () => driver.put(key("source"), Buffer.from("source")));
    await younger(source, key("source"), async () => {
      const upload = await driver.multipart.create(key("source"));
      const part = await driver.multipart.putPart(upload, 1, Buffer.from("source"));
      await driver.multipart.complete(upload, [part]);
    });
  });

  contract.case("a copy of nothing is not_found, and leaves its target alone", async ({ driver, key }) => {
    await driver.put(key("target"), Buffer.from("kept"));
    await rejectsWith("not_found", driver.copy(key("nothing"), key("target")));
    await rejectsWith("not_found", driver.copy(key("nothing"), key("nothing")));
    assert.equal((await read(driver, key("target"))).toString(), "kept");
  });

  contract.case("readers of the target see the old object or the new one", async ({ driver, second, key }) => {
    for (const value of [7, 90]) await driver.put(key(`source-${value}`), uniformBytes(value));
    await driver.copy(key("source-7"), key("target"));
    let copying = true;
    const reading = (async () => {
      while (copying) assert.ok(isUniform(await read(second, key("target"))), "a mixture");
    })();
    for (let round = 0; round < 40; round++) await driver.copy(key(`source-${round % 2 ? 7 : 90}`), key("target"));
    copying = false;
    await reading;
  });
}

/** Some stores tell whole seconds. */
function youngerIn(driver: StorageDriver) {
  return async (than: ObjectInfo, key: string, write: () => Promise<unknown>): Promise<ObjectInfo> => {
    for (let attempt = 0; ; attempt++) {
      await write();
      const info = await driver.head(key);
      if (info.lastModified > than.lastModified) return info;
      assert.ok(attempt < 100, "it does not look younger");
      await setTimeout(20);
    }
  };
}
