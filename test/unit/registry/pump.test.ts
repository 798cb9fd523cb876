import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { BrokenStreamError, pump } from "../../../src/registry/pump.ts";
import { readUploadBody } from "../../../src/registry/upload-body.ts";

const ignore = () => undefined;

const BYTES_PER_TURN = 512 * 1024;
const CHUNK = 64 * 1024;

/** Takes all that this turn of the event loop has to give; as far as pumps can see, the next begins with `next`. */
async function spendTurn(t: TestContext): Promise<{ next(): void }> {
  await turn();
  const begin: (() => void)[] = [];
  const mocked = t.mock.method(globalThis, "setImmediate", (callback: () => void) => begin.push(callback));
  const next = () => {
    mocked.mock.restore();
    for (const callback of begin.splice(0)) callback();
  };
  t.after(next);
  await pump(Readable.from([Buffer.alloc(BYTES_PER_TURN)]), ignore);
  return { next };
}

async function untilPaused(source: Readable): Promise<void> {
  while (!source.isPaused()) await turn();
}

/** A request that goes on after these bytes. */
async function sendBody(t: TestContext, bytes: number) {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = sendRequest({ port, host: "127.0.0.1", method: "PATCH" }).on("error", ignore);
  client.write(Buffer.alloc(bytes));
  const [request]: [IncomingMessage] = (await once(server, "request")) as [IncomingMessage];
  return { request, client };
}

/** What a pump has written so far. */
function written(): { readonly chunks: Buffer[]; readonly write: (chunk: Buffer) => undefined } {
  const chunks: Buffer[] = [];
  return { chunks, write: (chunk) => void chunks.push(chunk) };
}

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

test("all sources together bring no more than half a MiB in a turn, each of them all it has, in order", async () => {
  const sources = Array.from({ length: 5 }, () => new PassThrough({ highWaterMark: 64 * CHUNK }));
  const outputs = sources.map(written);
  let inThisTurn = 0;
  const pumped = sources.map((source, n) =>
    pump(source, (chunk) => {
      inThisTurn += chunk.length;
      return outputs[n]?.write(chunk);
    }),
  );
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  for (const source of sources) {
    for (const n of numbers) source.write(Buffer.alloc(CHUNK, n));
    source.end();
  }
  const turns: number[] = [];
  while (outputs.some(({ chunks }) => chunks.length < numbers.length)) {
    inThisTurn = 0;
    await turn();
    turns.push(inThisTurn);
  }
  assert.equal(Math.max(...turns), BYTES_PER_TURN);
  await Promise.all(pumped);
  for (const { chunks } of outputs) {
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(numbers.map((n) => Buffer.alloc(CHUNK, n)))));
  }
});

test("a source that ends, and closes, while it waits for its turn: its last chunk is written all the same", async (t) => {
  const { next } = await spendTurn(t);
  const source = Readable.from([Buffer.from("x")]);
  const { chunks, write } = written();
  const pumped = pump(source, write);
  await once(source, "close");
  assert.ok(source.readableEnded);
  assert.equal(chunks.length, 0);
  next();
  await pumped;
  assert.deepEqual(chunks, [Buffer.from("x")]);
});

test("a source that fails or closes while it waits for its turn: nothing is written any more", async (t) => {
  const { next } = await spendTurn(t);
  const { chunks, write } = written();
  for (const error of [new Error("of the source"), undefined]) {
    const source = new PassThrough();
    const pumped = pump(source, write);
    source.write("x");
    await untilPaused(source);
    source.destroy(error);
    await assert.rejects(pumped, error ?? BrokenStreamError);
  }
  next();
  await turn();
  assert.equal(chunks.length, 0);
});

test("a request that is aborted while it waits for its turn", { timeout: 5000 }, async (t) => {
  const { request, client } = await sendBody(t, 10);
  const { next } = await spendTurn(t);
  const { chunks, write } = written();
  const pumped = pump(request, write);
  await untilPaused(request);
  client.destroy();
  await assert.rejects(pumped, { code: "ECONNRESET" });
  next();
  await turn();
  assert.equal(chunks.length, 0);
});

test("one whose socket is not read meanwhile is found to be aborted when it goes on", { timeout: 5000 }, async (t) => {
  const { request, client } = await sendBody(t, 4 * CHUNK);
  const { next } = await spendTurn(t);
  const pumped = pump(request, ignore);
  while (request.readableLength < request.readableHighWaterMark) await turn();
  client.destroy();
  next();
  await assert.rejects(pumped, { code: "ECONNRESET" });
});

test("a writer that fails, or waits, when the turn of its chunk has come", async (t) => {
  const { next } = await spendTurn(t);
  const failing = pump(Readable.from([Buffer.from("x")]), () => {
    throw new Error("of the writer");
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  const source = new PassThrough();
  const { chunks, write } = written();
  const waiting = pump(source, (chunk) => {
    write(chunk);
    return promise;
  });
  source.write("x");
  await untilPaused(source);
  source.end("y");
  next();
  await assert.rejects(failing, /of the writer/);
  await turn();
  assert.equal(chunks.length, 1);
  resolve();
  await waiting;
  assert.equal(chunks.length, 2);
});

test("a body must be as long as was announced", async () => {
  const bytes = () => Readable.from([Buffer.from("abc"), Buffer.from("de")]);
  assert.deepEqual(await readUploadBody({ bytes: bytes() }, ignore), { received: 5 });
  assert.deepEqual(await readUploadBody({ bytes: bytes(), length: 5 }, ignore), { received: 5 });
  for (const length of [0, 4, 6, 100]) {
    await assert.rejects(readUploadBody({ bytes: bytes(), length }, ignore), { kind: "size_mismatch" });
  }
});
