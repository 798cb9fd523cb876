import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, get, overEach, startFor } from "./wire.ts";

const STALL = 200;
/** Longer than any client may stand still. */
const LONGER = 3 * STALL;

const upload = (length: number, headers = ""): string =>
  `PUT /x HTTP/1.1\r\nHost: test\r\nContent-Length: ${length}\r\n${headers}\r\n`;

const options = { stallTimeoutMilliseconds: STALL };

overEach("a client that stops in the middle of its body is ended", async (t, startFor) => {
  const aborted = Promise.withResolvers<void>();
  const { connect, lines } = await startFor(
    t,
    (request) => void request.on("error", () => aborted.resolve()).resume(),
    options,
  );
  const client = await connect();
  const startedAt = performance.now();
  client.send(`${upload(100)}abc`);
  assert.equal(await client.ended(), "");
  await aborted.promise;
  const took = performance.now() - startedAt;
  assert.ok(took >= STALL && took < 2 * STALL + 500, `${took} ms`);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["ended a stalled connection"],
  );
});

overEach("a slow client that goes on is not", async (t, startFor) => {
  const { connect } = await startFor(
    t,
    async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      response.end(`got ${size}`);
    },
    options,
  );
  const client = await connect();
  client.send(upload(8));
  for (let sent = 0; sent < 8; sent += 1) {
    await sleep(STALL / 2);
    client.send("x");
  }
  await client.receive(/got 8/);
});

overEach("a client that does not take its answer is ended", async (t, startFor) => {
  const closed = Promise.withResolvers<void>();
  const { connect } = await startFor(
    t,
    (_, response) => {
      response.on("close", () => closed.resolve());
      response.end(Buffer.alloc(64 * 1024 * 1024));
    },
    options,
  );
  const client = await connect();
  client.socket.pause();
  client.send(get("/"));
  await closed.promise;
});

/** Half as fast as it could be, or less. */
async function takeSlowly(client: Client): Promise<number> {
  let size = 0;
  let taken = 0;
  client.socket.setEncoding("latin1").on("data", (chunk: string) => {
    size += chunk.length;
    taken += chunk.length;
    if (taken < 64 * 1024) return;
    taken = 0;
    client.socket.pause();
    setTimeout(() => client.socket.resume(), 3);
  });
  client.send(get("/", "Connection: close\r\n"));
  await once(client.socket, "end");
  return size;
}

test("one that takes it slowly is not", async (t) => {
  const body = Buffer.alloc(24 * 1024 * 1024);
  const { connect, lines } = await startFor(t, (_, response) => void response.end(body), options);
  assert.ok((await takeSlowly(await connect())) > body.length);
  assert.deepEqual(lines, []);
});

overEach("nor is one that takes it slowly in pieces", async (t, startFor) => {
  const pieces = Array.from({ length: 96 }, () => Buffer.alloc(256 * 1024));
  const { connect, lines } = await startFor(t, (_, response) => void Readable.from(pieces).pipe(response), options);
  assert.ok((await takeSlowly(await connect())) > 24 * 1024 * 1024);
  assert.deepEqual(lines, []);
});

overEach("time that the store takes for the answer does not count", async (t, startFor) => {
  const { connect } = await startFor(
    t,
    async (request, response) => {
      for await (const _ of request);
      await sleep(LONGER);
      response.end("stored");
    },
    options,
  );
  const client = await connect();
  client.send(`${upload(3)}abc`);
  await client.receive(/stored/);
});

overEach("nor does a pause in the middle of it", async (t, startFor) => {
  const { connect } = await startFor(
    t,
    async (_, response) => {
      response.write("first");
      await sleep(LONGER);
      response.end("second");
    },
    options,
  );
  const client = await connect();
  client.send(get("/"));
  await client.receive(/first/);
  await client.receive(/second/);
});

overEach(
  "nor does the time that we do not read the body, and the client has its full time after that",
  async (t, startFor) => {
    const size = 1024 * 1024;
    const resumed = Promise.withResolvers<void>();
    const { connect } = await startFor(
      t,
      async (request, response) => {
        await sleep(LONGER);
        resumed.resolve();
        let received = 0;
        for await (const chunk of request) received += chunk.length;
        response.end(`got ${received}`);
      },
      options,
    );
    const client = await connect();
    client.send(`${upload(size)}${"x".repeat(size - 1)}`);
    await resumed.promise;
    await sleep(STALL / 2);
    client.send("x");
    await client.receive(new RegExp(`got ${size}`));
  },
);

overEach("nor does the time until a client that asks first is invited", async (t, startFor) => {
  const { connect } = await startFor(
    t,
    async (request, response) => {
      await sleep(LONGER);
      response.writeContinue();
      for await (const _ of request);
      response.end("thanks");
    },
    options,
  );
  const client = await connect();
  client.send(upload(3, "Expect: 100-continue\r\n"));
  await client.receive(/100 Continue\r\n\r\n/);
  client.send("abc");
  await client.receive(/thanks/);
});

overEach("an invited client that sends nothing is ended", async (t, startFor) => {
  const { connect } = await startFor(
    t,
    (request, response) => {
      response.writeContinue();
      request.on("error", () => {}).resume();
    },
    options,
  );
  const client = await connect();
  client.send(upload(3, "Expect: 100-continue\r\n"));
  await client.receive(/100 Continue/);
  await client.ended();
});

overEach("an idle connection is kept", async (t, startFor) => {
  const { connect } = await startFor(t, (_, response) => void response.end("ok"), options);
  const client = await connect();
  await sleep(LONGER);
  client.send(get("/"));
  await client.receive(/ok/);
  await sleep(LONGER);
  client.send(get("/"));
  await client.receive(/ok/);
});

overEach("0 waits for ever", async (t, startFor) => {
  const { connect } = await startFor(t, (request) => void request.on("error", () => {}).resume(), {
    stallTimeoutMilliseconds: 0,
  });
  const client = await connect();
  client.send(`${upload(100)}abc`);
  await sleep(LONGER);
  assert.equal(client.socket.destroyed, false);
  client.socket.destroy();
});
