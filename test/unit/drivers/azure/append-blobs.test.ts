/** What distribution wrote is append blobs, which Azure lets nobody replace by a block blob. */
import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { blobsIn, startMeddledAzurite } from "../../../support/azure.ts";
import { strictTypes } from "../../../support/azure-types.ts";
import { bytesOf } from "../../../support/bytes.ts";

const OLD = bytesOf(70_000, "old");

const { azurite, driver, stop } = await startMeddledAzurite(strictTypes);
after(stop);

describe("blobs of the type that distribution writes", () => {
  beforeEach(async () => {
    await driver.delete("key");
    const blob = azurite.container.getAppendBlobClient("key");
    await blob.create();
    await blob.appendBlock(OLD, OLD.length);
  });

  const read = async (key: string) => await (await driver.get(key)).bytes();
  const typeOf = async (key: string) => (await azurite.container.getBlobClient(key).getProperties()).blobType;
  const assertNothingStaged = async () => assert.deepEqual(await blobsIn(azurite, "moorage/"), []);

  test("are read as they are", async () => {
    assert.deepEqual(await read("key"), OLD);
    assert.equal((await driver.head("key")).size, OLD.length);
  });

  test("are replaced by a put, and by another", async () => {
    for (const bytes of [bytesOf(9_000_000), Buffer.from("tiny"), Buffer.alloc(0)]) {
      await driver.put("key", [bytes.subarray(0, 2), bytes.subarray(2)]);
      assert.deepEqual(await read("key"), bytes);
      assert.equal(await typeOf("key"), "AppendBlob");
    }
    await assertNothingStaged();
  });

  test("are replaced by an upload in parts", async () => {
    const upload = await driver.multipart.create("key");
    const parts = [
      await driver.multipart.putPart(upload, 1, bytesOf(200_000, "1")),
      await driver.multipart.putPart(upload, 2, bytesOf(100, "2")),
    ];
    await driver.multipart.complete(upload, parts);
    assert.deepEqual(await read("key"), Buffer.concat([bytesOf(200_000, "1"), bytesOf(100, "2")]));
    await assertNothingStaged();
  });

  test("are replaced by a copy, of either type and of themselves", async () => {
    const other = azurite.container.getAppendBlobClient("other");
    await other.create();
    await other.appendBlock("other", 5);
    await driver.put("block", bytesOf(1000));
    await driver.copy("block", "key");
    assert.deepEqual(await read("key"), bytesOf(1000));
    await driver.copy("other", "key");
    assert.equal((await read("key")).toString(), "other");
    await driver.copy("key", "key");
    assert.equal((await read("key")).toString(), "other");
    await assertNothingStaged();
  });

  test("become block blobs where they are copied to a new key", async () => {
    await driver.copy("key", "new");
    assert.deepEqual(await read("new"), OLD);
    assert.equal(await typeOf("new"), "BlockBlob");
  });

  test("are never missing while they are replaced", async () => {
    let replacing = true;
    const reading = (async () => {
      while (replacing) assert.ok([5000, OLD.length].includes((await read("key")).length));
    })();
    for (let round = 0; round < 10; round++) await driver.put("key", round % 2 ? OLD : bytesOf(5000));
    replacing = false;
    await reading;
  });

  test("are no place for something new", async () => {
    await assert.rejects(driver.conditional?.create("key", Buffer.from("x")) ?? Promise.resolve(), {
      kind: "already_exists",
    });
    assert.deepEqual(await read("key"), OLD);
  });
});
