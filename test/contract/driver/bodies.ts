import assert from "node:assert/strict";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { bytesOf } from "../../support/bytes.ts";
import { collectingWritable, stuckWritable } from "../../support/writables.ts";
import { assertSameBytes, type Contract } from "./harness.ts";

const LARGE = 3_000_000;

export function bodies(contract: Contract): void {
  contract.case("bytes, stream and sendTo deliver the same", async ({ driver, key }) => {
    for (const size of [0, 1, 70_000, 524_288, LARGE]) {
      const bytes = bytesOf(size);
      await driver.put(key("body"), bytes);
      assertSameBytes(await (await driver.get(key("body"))).bytes(), bytes);
      assertSameBytes(await buffer((await driver.get(key("body"))).stream()), bytes);
      const { out, received } = collectingWritable();
      await (await driver.get(key("body"))).sendTo(out);
      assertSameBytes(received(), bytes);
      assert.ok(!out.writableEnded && !out.destroyed, "sendTo leaves its target open");
    }
  });

  contract.case("a body can be given back unread", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    await (await driver.get(key("body"))).discard();
    await (await driver.get(key("body"), { range: { start: 5 } })).discard();
  });

  contract.case("sendTo goes no faster than its target", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    const { out, received, peak } = collectingWritable({ highWaterMark: 16 * 1024 });
    await (await driver.get(key("body"))).sendTo(out);
    assertSameBytes(received(), bytesOf(LARGE));
    assert.ok(peak() <= 1024 * 1024, `${peak()} bytes waited in the target`);
  });

  contract.case("sendTo rejects when its target closes on the way", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    const { out, stuck } = stuckWritable(1);
    const sending = (await driver.get(key("body"))).sendTo(out);
    void stuck.then(() => out.destroy());
    await assert.rejects(sending, { code: "ERR_STREAM_PREMATURE_CLOSE" });
  });

  contract.case("sendTo rejects with the error of its target", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    const { out, stuck } = stuckWritable(0);
    out.on("error", () => {});
    const sending = (await driver.get(key("body"))).sendTo(out);
    void stuck.then(() => out.destroy(new Error("the line is cut")));
    await assert.rejects(sending, { message: "the line is cut" });
  });

  contract.case("sendTo rejects at once when its target was closed before", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    const { out } = collectingWritable();
    out.destroy();
    await once(out, "close");
    await assert.rejects((await driver.get(key("body"))).sendTo(out));
  });

  contract.case("sendTo rejects with the reason of its signal, and leaves its target open", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    const { out, stuck } = stuckWritable(1);
    const controller = new AbortController();
    const sending = (await driver.get(key("body"))).sendTo(out, { signal: controller.signal });
    void stuck.then(() => controller.abort(new Error("enough")));
    await assert.rejects(sending, { message: "enough" });
    assert.ok(!out.destroyed);

    const late = (await driver.get(key("body"))).sendTo(collectingWritable().out, { signal: controller.signal });
    await assert.rejects(late, { message: "enough" });
  });

  contract.case("a stream can be left at any point", async ({ driver, key }) => {
    await driver.put(key("body"), bytesOf(LARGE));
    (await driver.get(key("body"))).stream().destroy();
    const started = (await driver.get(key("body"))).stream();
    started.read(0);
    started.destroy();
    for await (const chunk of (await driver.get(key("body"))).stream()) {
      assert.ok(chunk.length > 0);
      break;
    }
  });
}
