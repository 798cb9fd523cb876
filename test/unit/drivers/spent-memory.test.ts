import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import { streamBody } from "../../../drivers/stream-body.ts";

const MEBIBYTE = 1024 * 1024;
const PIECES = 48;

test("what has gone through does not wait for the garbage collector, and its connection serves the next one", async (t) => {
  const piece = Buffer.alloc(MEBIBYTE, "x");
  const server = http.createServer((_request, response) => {
    let left = PIECES;
    const next = () => (left-- > 0 ? response.write(piece, next) : response.end());
    next();
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;

  for (let turn = 0; turn < 2; turn++) {
    const [stream] = (await once(http.get({ host: "127.0.0.1", port, agent }), "response")) as [IncomingMessage];
    const info = { size: PIECES * MEBIBYTE, version: "1", lastModified: new Date(0) };
    const body = streamBody({ key: "key", info, range: undefined, stream, explain: (error) => error });
    const before = process.memoryUsage().arrayBuffers;
    let [wrong, peak] = [0, 0];
    const out = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (chunk.some((byte) => byte !== piece[0])) wrong += 1;
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        setImmediate(done);
      },
    });
    await body.sendTo(out);
    assert.equal(wrong, 0);
    assert.ok(peak < 8 * MEBIBYTE, `${peak} bytes of memory`);
  }
});
