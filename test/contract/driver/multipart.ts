import assert from "node:assert/strict";
import type { MultipartLimits, MultipartUpload, PartReceipt } from "../../../drivers/contract.ts";
import { bytesOf } from "../../support/bytes.ts";
import { assertSameBytes, type Contract, keysOf, read, rejectsWith } from "./harness.ts";

export function multipart(contract: Contract): void {
  contract.case("parts become one object, by their number and whole", async ({ driver, second, key }) => {
    const size = partSize(driver.multipart.limits);
    const upload = await driver.multipart.create(key("object"));
    const third = await driver.multipart.putPart(upload, 3, bytesOf(10, "third"));
    const first = await second.multipart.putPart(upload, 1, bytesOf(size, "first"));
    const half = size / 2;
    const pieces = [bytesOf(size, "second").subarray(0, half), bytesOf(size, "second").subarray(half)];
    const second_ = await driver.multipart.putPart(upload, 2, pieces);
    assert.deepEqual([first.size, second_.size, third.size], [size, size, 10]);
    assert.deepEqual([first.partNumber, second_.partNumber, third.partNumber], [1, 2, 3]);

    await rejectsWith("not_found", driver.head(key("object")));
    assert.deepEqual(await keysOf(driver, key("")), []);
    const info = await driver.multipart.complete(upload, [third, first, second_]);
    assert.equal(info.size, 2 * size + 10);
    assert.equal((await second.head(key("object"))).size, info.size);
    const expected = [bytesOf(size, "first"), bytesOf(size, "second"), bytesOf(10, "third")];
    assertSameBytes(await read(second, key("object")), Buffer.concat(expected));
  });

  contract.case("an upload is plain data, and any process goes on with it", async ({ driver, second, key }) => {
    const size = partSize(driver.multipart.limits);
    const upload: MultipartUpload = throughJson(await driver.multipart.create(key("object")));
    const one: PartReceipt = throughJson(await second.multipart.putPart(upload, 1, bytesOf(size, "one")));
    const two: PartReceipt = throughJson(await driver.multipart.putPart(throughJson(upload), 2, bytesOf(7, "two")));
    await second.multipart.complete(throughJson(upload), [one, two]);
    assertSameBytes(await read(driver, key("object")), Buffer.concat([bytesOf(size, "one"), bytesOf(7, "two")]));
  });

  contract.case("one part of any size is an object, also an empty one", async ({ driver, key }) => {
    for (const size of [0, 1, 100_000]) {
      const upload = await driver.multipart.create(key(`size-${size}`));
      const part = await driver.multipart.putPart(upload, 1, bytesOf(size));
      assert.equal((await driver.multipart.complete(upload, [part])).size, size);
      assertSameBytes(await read(driver, key(`size-${size}`)), bytesOf(size));
    }
  });

  contract.case("two writers of one part number do not disturb each other", async ({ driver, second, key }) => {
    const upload = await driver.multipart.create(key("object"));
    const receipts = await Promise.all(
      ["a", "b", "c", "d"].map((name, index) =>
        (index % 2 ? driver : second).multipart.putPart(upload, 1, bytesOf(5000 + index, name)),
      ),
    );
    const [, chosen] = receipts;
    assert.ok(chosen);
    await driver.multipart.complete(upload, [chosen]);
    assertSameBytes(await read(driver, key("object")), bytesOf(5001, "b"));
  });

  contract.case("parts without a receipt are dropped", async ({ driver, key }) => {
    const size = partSize(driver.multipart.limits);
    const upload = await driver.multipart.create(key("object"));
    const parts = [];
    for (const number of [1, 2, 3, 5])
      parts.push(await driver.multipart.putPart(upload, number, bytesOf(size, `${number}`)));
    const [, two, , five] = parts;
    assert.ok(two && five);
    await driver.multipart.complete(upload, [two, five]);
    assertSameBytes(await read(driver, key("object")), Buffer.concat([bytesOf(size, "2"), bytesOf(size, "5")]));
  });

  contract.case("complete replaces an object", async ({ driver, key }) => {
    await driver.put(key("object"), Buffer.from("old"));
    const { version } = await driver.head(key("object"));
    const upload = await driver.multipart.create(key("object"));
    const part = await driver.multipart.putPart(upload, 1, Buffer.from("new"));
    assert.equal((await read(driver, key("object"))).toString(), "old");
    await driver.multipart.complete(upload, [part]);
    assert.notEqual((await driver.head(key("object"))).version, version);
    assert.equal((await read(driver, key("object"))).toString(), "new");
  });

  contract.case("abort ends an upload, twice too", async ({ driver, second, key }) => {
    const upload = await driver.multipart.create(key("object"));
    const part = await driver.multipart.putPart(upload, 1, Buffer.from("part"));
    await driver.multipart.abort(upload);
    await second.multipart.abort(upload);
    await rejectsWith("not_found", driver.multipart.complete(upload, [part]));
    await rejectsWith("not_found", driver.multipart.putPart(upload, 2, Buffer.from("late")));
    await rejectsWith("not_found", driver.head(key("object")));
  });

  contract.case("a completed upload is gone", async ({ driver, second, key }) => {
    const upload = await driver.multipart.create(key("object"));
    const part = await driver.multipart.putPart(upload, 1, Buffer.from("part"));
    await driver.multipart.complete(upload, [part]);
    await rejectsWith("not_found", second.multipart.complete(upload, [part]));
    await rejectsWith("not_found", driver.multipart.putPart(upload, 2, Buffer.from("late")));
    await driver.multipart.abort(upload);
    assert.equal((await read(driver, key("object"))).toString(), "part");
  });

  contract.case("of several that end an upload with the same last part, none takes it away", async (place) => {
    const { driver, second, key } = place;
    const size = partSize(driver.multipart.limits);
    const whole = bytesOf(size + 10);
    for (let round = 0; round < 3; round++) {
      const upload = await driver.multipart.create(key(`${round}`));
      const first = await driver.multipart.putPart(upload, 1, whole.subarray(0, size));
      const ends = await Promise.allSettled(
        [driver, second, driver, second].map(async ({ multipart }) => {
          const last = await multipart.putPart(upload, 2, whole.subarray(size));
          await multipart.complete(upload, [first, last]);
        }),
      );
      for (const end of ends) if (end.status === "rejected") assert.equal(end.reason.kind, "not_found", end.reason);
      assert.ok(ends.some(({ status }) => status === "fulfilled"));
      assertSameBytes(await read(second, key(`${round}`)), whole);
    }
  });

  contract.case("an upload that never was is not found, whatever its id", async ({ driver, key }) => {
    const upload = await driver.multipart.create(key("object"));
    const part = await driver.multipart.putPart(upload, 1, Buffer.from("part"));
    for (const id of ["nothing", "..", "../..", "", "a/b", "\0", "00000000-0000-4000-8000-000000000000"]) {
      const unknown = { key: key("object"), id };
      await rejectsWith("not_found", driver.multipart.putPart(unknown, 1, Buffer.from("x")));
      await rejectsWith("not_found", driver.multipart.complete(unknown, [part]));
      await driver.multipart.abort(unknown);
    }
    for (const token of ["nothing", "..", "../../../a", "", `1-${part.token}`, "\0"]) {
      await rejectsWith("not_found", driver.multipart.complete(upload, [{ ...part, token }]));
    }
    await rejectsWith("not_found", driver.multipart.complete(upload, [{ ...part, partNumber: 2 }]));
    await driver.multipart.complete(upload, [part]);
  });

  contract.case("what no store could put together is refused, and may be corrected", async ({ driver, key }) => {
    const { limits } = driver.multipart;
    const upload = await driver.multipart.create(key("object"));
    const part = await driver.multipart.putPart(upload, 1, Buffer.from("part"));
    await rejectsWith("unexpected", driver.multipart.complete(upload, []));
    await rejectsWith("unexpected", driver.multipart.complete(upload, [part, part]));
    for (const number of [0, -1, 1.5, limits.maxParts + 1]) {
      await rejectsWith("unexpected", driver.multipart.putPart(upload, number, Buffer.from("x")));
    }
    if (limits.minPartSize > 1) {
      const after = await driver.multipart.putPart(upload, 2, Buffer.from("after"));
      await rejectsWith("unexpected", driver.multipart.complete(upload, [part, after]));
    }
    await driver.multipart.complete(upload, [part]);
  });

  contract.case("two uploads of one key are two", async ({ driver, key }) => {
    const one = await driver.multipart.create(key("object"));
    const two = await driver.multipart.create(key("object"));
    assert.notEqual(one.id, two.id);
    const part = await driver.multipart.putPart(one, 1, Buffer.from("one"));
    await rejectsWith("not_found", driver.multipart.complete(two, [part]));
    await driver.multipart.abort(two);
    await driver.multipart.complete(one, [part]);
    assert.equal((await read(driver, key("object"))).toString(), "one");
  });

  contract.when("listUploads", "open uploads can be found by their key", async ({ driver, second, key }, list) => {
    const found = async (prefix: string) => {
      const uploads: { key: string; id: string }[] = [];
      for await (const { key, id, startedAt } of list(prefix)) {
        assert.ok(Math.abs(startedAt.getTime() - Date.now()) < 120_000, "it started just now");
        uploads.push({ key, id });
      }
      return uploads.sort((a, b) => (a.key < b.key ? -1 : 1));
    };
    const a = await second.multipart.create(key("a/ä"));
    const b = await driver.multipart.create(key("b"));
    const part = await driver.multipart.putPart(b, 1, Buffer.from("x"));
    assert.deepEqual(await found(key("")), [a, b]);
    assert.deepEqual(await found(key("a")), [a]);
    assert.deepEqual(await found(key("c")), []);
    await driver.multipart.abort(a);
    assert.deepEqual(await found(key("")), [b]);
    await driver.multipart.complete(b, [part]);
    assert.deepEqual(await found(key("")), []);
  });

  openParts(contract);
}

function openParts(contract: Contract): void {
  contract.when("openPart", "a part may be written while it arrives", async ({ driver, key }, openPart) => {
    const upload = await driver.multipart.create(key("object"));
    const writer = await openPart(upload, 1);
    const chunks = [1, 0, 70_000, 3_000_000, 5, 1_048_576, 65_536].map((size, index) => bytesOf(size, `${index}`));
    for (const chunk of chunks) await writer.write(chunk);
    for (let index = 0; index < 5000; index++) {
      const chunk = Buffer.from(`${index};`);
      chunks.push(chunk);
      await writer.write(chunk);
    }
    const part = await writer.close();
    assert.equal(part.size, Buffer.concat(chunks).length);
    const tail = await driver.multipart.putPart(upload, 2, Buffer.from("tail"));
    await driver.multipart.complete(upload, [part, tail]);
    assertSameBytes(await read(driver, key("object")), Buffer.concat([...chunks, Buffer.from("tail")]));
  });

  contract.when(
    "openPart",
    "what is written is told, chunk by chunk, and not looked at again",
    async (place, openPart) => {
      const { driver, key } = place;
      const upload = await driver.multipart.create(key("object"));
      const writer = await openPart(upload, 1);
      const sizes = [1, 70_000, 3_000_000, 5, 1_048_576, 65_536];
      const chunks = sizes.map((size, index) => bytesOf(size, `${index}`));
      const told: Uint8Array[] = [];
      const wipe = (chunk: Uint8Array) => told.push(chunk.fill(0));
      const given = chunks.map((chunk) => Buffer.from(chunk));
      for (const chunk of given) await writer.write(chunk, wipe);
      await driver.multipart.complete(upload, [await writer.close()]);
      assertSameBytes(await read(driver, key("object")), Buffer.concat(chunks));
      assert.deepEqual(
        told.map(({ length }) => length).sort((a, b) => a - b),
        sizes.toSorted((a, b) => a - b),
      );
    },
  );

  contract.when("openPart", "an open part can be given up", async ({ driver, key }, openPart) => {
    const upload = await driver.multipart.create(key("object"));
    const given = await openPart(upload, 1);
    await given.write(bytesOf(3_000_000));
    await given.abort();
    const empty = await openPart(upload, 1);
    const part = await empty.close();
    await empty.abort();
    assert.equal(part.size, 0);
    await driver.multipart.complete(upload, [part]);
    await rejectsWith("not_found", openPart(upload, 2));
  });

  contract.when("openPart", "an open part asks its caller to wait", async ({ driver, key }, openPart) => {
    const upload = await driver.multipart.create(key("object"));
    const writer = await openPart(upload, 1);
    let waits = 0;
    for (let index = 0; index < 64; index++) {
      const wait = writer.write(bytesOf(100_000, `${index}`));
      if (wait) waits++;
      await wait;
    }
    assert.ok(waits > 0);
    await writer.close();
    await driver.multipart.abort(upload);
  });
}

/** The smallest that may be followed by another, and even. */
function partSize({ minPartSize }: MultipartLimits): number {
  return Math.max(minPartSize, 10_000);
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
