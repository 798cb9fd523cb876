import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ExplainedError } from "../../../src/explained-error.ts";
import { listen } from "../../../src/listen.ts";
import { get, open, overEach, startFor } from "./wire.ts";

const ok = (_: unknown, response: { end(text: string): unknown }) => void response.end("ok");

async function directoryFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "moorage-server-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

overEach("a request that cannot be read gets an answer in the registry's form", async (t, startFor) => {
  const { connect } = await startFor(t, ok);
  const client = await connect();
  client.send("NONSENSE\r\n\r\n");
  const answer = await client.ended();
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  assert.deepEqual(JSON.parse(body).errors.length, 1);
  assert.match(head, new RegExp(`Content-Length: ${Buffer.byteLength(body)}`));
});

overEach("large headers pass, too large ones are 431", async (t, startFor) => {
  const { connect } = await startFor(t, ok);
  const client = await connect();
  client.send(get("/", `Authorization: Bearer ${"x".repeat(24 * 1024)}\r\n`));
  await client.receive(/200 OK[\s\S]*ok/);
  client.send(get("/", `Authorization: Bearer ${"x".repeat(40 * 1024)}\r\n`));
  assert.match(await client.ended(), /^HTTP\/1\.1 431 [\s\S]*"errors"/);
});

overEach("nonsense inside of a request that is being answered only closes the connection", async (t, startFor) => {
  const { connect } = await startFor(t, (request, response) => {
    request.on("error", () => {}).resume();
    response.write("begun");
  });
  const client = await connect();
  client.send("PUT /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
  await client.receive(/begun/);
  client.send("no chunk\r\n");
  assert.doesNotMatch(await client.ended(), /400/);
});

overEach("a client that asks first is asked for its body by the handler alone", async (t, startFor) => {
  const { connect } = await startFor(t, (_, response) => void response.writeHead(401, { connection: "close" }).end());
  const client = await connect();
  client.send("PUT /x HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  assert.match(await client.ended(), /^HTTP\/1\.1 401 /);
});

overEach("idle connections are closed after their time", async (t, startFor) => {
  const { connect } = await startFor(t, ok, { keepAliveTimeoutMilliseconds: 100, stallTimeoutMilliseconds: 10_000 });
  const client = await connect();
  client.send(get("/"));
  await client.receive(/ok/);
  await client.ended();
});

test("an address in use is explained", async (t) => {
  const { server } = await startFor(t, ok);
  const problem = listen(createServer(), server.address, "http.addr");
  await assert.rejects(problem, (error: Error) => {
    assert.ok(error instanceof ExplainedError);
    assert.match(
      error.message,
      /^cannot listen on 127\.0\.0\.1:\d+: another program does\. Stop it, or set http\.addr/,
    );
    assert.match(error.message, /REGISTRY_HTTP_ADDR/);
    return true;
  });
});

test("so are a foreign address and an unknown host", async () => {
  const at = (host: string) => listen(createServer(), { kind: "tcp", host, port: 0 }, "http.debug.addr");
  await assert.rejects(
    at("192.0.2.1"),
    /does not have that address\. Set http\.debug\.addr \(REGISTRY_HTTP_DEBUG_ADDR\)/,
  );
  await assert.rejects(at("no-such-host.invalid"), /there is no host of that name/);
});

test("a unix socket", async (t) => {
  const path = join(await directoryFor(t), "registry.sock");
  const { server } = await startFor(t, ok, { address: { kind: "unix", path } });
  const client = await open(server.address);
  client.send(get("/"));
  await client.receive(/ok/);
});

test("a socket that a killed process left behind is replaced", async (t) => {
  const path = join(await directoryFor(t), "registry.sock");
  await leaveSocketAt(path);
  const { connect } = await startFor(t, ok, { address: { kind: "unix", path } });
  await connect();
});

test("one that is in use is not, and a file neither", async (t) => {
  const directory = await directoryFor(t);
  const path = join(directory, "registry.sock");
  const { connect } = await startFor(t, ok, { address: { kind: "unix", path } });
  await assert.rejects(listen(createServer(), { kind: "unix", path }, "http.addr"), /another program does/);
  await connect();
  const file = join(directory, "file");
  await writeFile(file, "precious");
  await assert.rejects(listen(createServer(), { kind: "unix", path: file }, "http.addr"), /it is not a socket/);
  const nowhere = join(directory, "no", "registry.sock");
  await assert.rejects(listen(createServer(), { kind: "unix", path: nowhere }, "http.addr"), ExplainedError);
});

/** As if the process that listened there had been killed: the name is there, and nobody behind it. */
async function leaveSocketAt(path: string): Promise<void> {
  const { link, unlink } = await import("node:fs/promises");
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(`${path}-first`, resolve));
  await link(`${path}-first`, path);
  await new Promise((resolve) => server.close(resolve));
  await unlink(`${path}-first`).catch(() => {});
}

overEach("a connection that says nothing does not hold up the end", async (t, startFor) => {
  const { server, connect } = await startFor(t, ok);
  const client = await connect();
  // Connections are accepted in order, so after this answer the silent one has been.
  const another = await connect();
  another.send(get("/"));
  await another.receive(/ok/);
  assert.deepEqual(await server.close({ timeoutMilliseconds: 10_000 }), { cutOff: 0 });
  await client.ended();
});
