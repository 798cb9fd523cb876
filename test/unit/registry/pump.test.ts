import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { BrokenStreamError, pump } from "../../../src/registry/pump.ts";
import { readUploadBody } from "../../../src/registry/upload-body.ts";

const ignore = () => undefined;

test("every byte, in order, however slow the writer is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 10 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      async (chunks, waits) => {
        const written: Buffer[] = [];
        let busy = false;
        await pump(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (chunk) => {
          assert.ok(!busy, "written to while it was waiting");
          written.push(chunk);
          if (!waits[written.length % waits.length]) return undefined;
          busy = true;
          return turn().then(() => {
            busy = false;
          });
        });
        assert.ok(Buffer.concat(written).equals(Buffer.concat(chunks)));
      },
    ),
    { numRuns: 200 },
  );
});

test("a writer that waits holds the source up", async () => {
  const source = new PassThrough({ highWaterMark: 10 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const pumped = pump(source, () => promise);
  for (let n = 0; n < 10; n++) source.write(Buffer.alloc(10));
  source.end();
  await turn();
  assert.ok(source.isPaused());
  assert.ok(source.writableLength > 0);
  resolve();
  await pumped;
  assert.ok(source.readableEnded);
});

test("an error of the source, before, between and while the writer waits", async () => {
  for (const when of ["before", "between", "waiting"]) {
    const source = new PassThrough();
    const error = new Error("of the source");
    const { promise, resolve } = Promise.withResolvers<void>();
    const pumped = pump(source, () => (when === "waiting" ? promise : undefined));
    if (when !== "before") source.write("x");
    await turn();
    source.destroy(error);
    await assert.rejects(pumped, error);
    resolve();
    await turn();
  }
});

test("an error of the writer, thrown and rejected: the source is left paused, and its errors hurt nobody", async () => {
  for (const fail of [
    () => {
      throw new Error("of the writer");
    },
    () => Promise.reject(new Error("of the writer")),
  ]) {
    const source = new PassThrough();
    source.write("x");
    await assert.rejects(pump(source, fail), /of the writer/);
    assert.ok(source.isPaused());
    assert.equal(source.destroyed, false);
    source.destroy(new Error("later"));
    await turn();
  }
});

test("a source that closes before its end, and one that was closed before", async () => {
  const source = new PassThrough();
  const pumped = pump(source, ignore);
  source.write("x");
  await turn();
  source.destroy();
  await assert.rejects(pumped, BrokenStreamError);
  await assert.rejects(pump(source, ignore), BrokenStreamError);
  const failed = new PassThrough();
  failed.on("error", () => {}).destroy(new Error("before"));
  await turn();
  await assert.rejects(pump(failed, ignore));
});

test("a source that has been read to its end", { timeout: 5000 }, async () => {
  const source = Readable.from([Buffer.from("x")]);
  await source.toArray();
  await pump(source, ignore);
});

test("no listener stays behind", async () => {
  const source = Readable.from([Buffer.from("x")]);
  const before = source.eventNames().length;
  await pump(source, ignore);
  assert.ok(source.eventNames().length <= before);
});

test("a body must be as long as was announced", async () => {
  const bytes = () => Readable.from([Buffer.from("abc"), Buffer.from("de")]);
  assert.deepEqual(await readUploadBody({ bytes: bytes() }, ignore), { received: 5 });
  assert.deepEqual(await readUploadBody({ bytes: bytes(), length: 5 }, ignore), { received: 5 });
  for (const length of [0, 4, 6, 100]) {
    await assert.rejects(readUploadBody({ bytes: bytes(), length }, ignore), { kind: "size_mismatch" });
  }
});
