import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { get, overEach } from "./wire.ts";

/** Answers when the test says so. */
function createPatientHandler() {
  const arrivals: ServerResponse[] = [];
  const waiting: ((response: ServerResponse) => void)[] = [];
  return {
    handler: (_: unknown, response: ServerResponse) => {
      const next = waiting.shift();
      if (next) next(response);
      else arrivals.push(response);
    },
    arrival: () => {
      const arrived = arrivals.shift();
      return arrived ? Promise.resolve(arrived) : new Promise<ServerResponse>((resolve) => waiting.push(resolve));
    },
  };
}

const PATIENT = { timeoutMilliseconds: 10_000 };

overEach("a running request is answered, and its client asked to connect anew", async (t, startFor) => {
  const { handler, arrival } = createPatientHandler();
  const { server, connect } = await startFor(t, handler);
  const client = await connect();
  client.send(get("/"));
  const response = await arrival();
  const closed = server.close(PATIENT);
  response.end("done");
  assert.match(await client.ended(), /\r\nConnection: close\r\n[\s\S]*done$/i);
  assert.deepEqual(await closed, { cutOff: 0 });
});

overEach("also when its headers had promised to keep the connection", async (t, startFor) => {
  const { handler, arrival } = createPatientHandler();
  const { server, connect } = await startFor(t, handler);
  const client = await connect();
  client.send(get("/"));
  const response = await arrival();
  response.write("first ");
  await client.receive(/keep-alive[\s\S]*first/i);
  const closed = server.close(PATIENT);
  response.end("last");
  assert.match(await client.ended(), /last/);
  assert.deepEqual(await closed, { cutOff: 0 });
});

overEach("an upload that is coming in comes in", async (t, startFor) => {
  const begun = Promise.withResolvers<void>();
  const { server, connect } = await startFor(t, async (request, response) => {
    let size = 0;
    for await (const chunk of request) {
      begun.resolve();
      size += chunk.length;
    }
    response.end(`got ${size}`);
  });
  const client = await connect();
  client.send("PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc");
  await begun.promise;
  const closed = server.close(PATIENT);
  client.send("def");
  assert.match(await client.ended(), /got 6/);
  assert.deepEqual(await closed, { cutOff: 0 });
});

overEach("idle connections are closed at once, and new ones are refused", async (t, startFor) => {
  const { handler, arrival } = createPatientHandler();
  const { server, connect } = await startFor(t, handler);
  const client = await connect();
  client.send(get("/"));
  (await arrival()).end("ok");
  await client.receive(/ok/);
  assert.deepEqual(await server.close(PATIENT), { cutOff: 0 });
  assert.equal(await client.ended(), "");
  await assert.rejects(connect(), { code: "ECONNREFUSED" });
});

overEach("before that, requests are still taken, one for each connection", async (t, startFor) => {
  const { handler, arrival } = createPatientHandler();
  const { server, connect } = await startFor(t, handler);
  const client = await connect();
  client.send(get("/"));
  (await arrival()).end("ok");
  await client.receive(/keep-alive[\s\S]*ok/i);
  server.announceClose();
  client.send(get("/"));
  (await arrival()).end("ok");
  assert.match(await client.ended(), /Connection: close/i);
  const another = await connect();
  another.send(get("/"));
  (await arrival()).end("ok");
  assert.match(await another.ended(), /Connection: close/i);
});

overEach("what takes too long is cut off, and counted", async (t, startFor) => {
  const { handler, arrival } = createPatientHandler();
  const { server, connect } = await startFor(t, handler);
  const clients = [await connect(), await connect()];
  for (const client of clients) {
    client.send(get("/"));
    await arrival();
  }
  assert.deepEqual(await server.close({ timeoutMilliseconds: 50 }), { cutOff: 2 });
  for (const client of clients) assert.equal(await client.ended(), "");
});
