/** Garbage is what Node's speed depends on most: how much of it the hottest requests make. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pushBlob, pushImage } from "../support/registry-content.ts";
import { HttpClient } from "../support/registry-http.ts";
import { temporaryDirectory } from "../support/temp.ts";

const SERVER = fileURLToPath(new URL("allocating-server.ts", import.meta.url));
/** With that much room, nothing is collected while we count. */
const ROOM = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
const WARM_UP = 3000;
const REQUESTS = 500;
const ROUNDS = 3;

interface Server {
  readonly http: HttpClient;
  heapUsed(): Promise<number>;
}

async function startServer(t: TestContext): Promise<Server> {
  const directory = await temporaryDirectory();
  const child = fork(SERVER, [directory.path], { execArgv: ROOM });
  const next = async <Message>() => (await once(child, "message"))[0] as Message;
  const { port } = await next<{ port: number }>();
  const http = new HttpClient(port, new Agent({ keepAlive: true, maxSockets: 1 }));
  t.after(async () => {
    http.close();
    child.disconnect();
    await once(child, "exit");
    await directory.remove();
  });
  return {
    http,
    async heapUsed() {
      child.send("heapUsed");
      return (await next<{ heapUsed: number }>()).heapUsed;
    },
  };
}

/** Bytes for each request, in the best of several rounds: a collection in between can only make it look like less than nothing. */
async function allocatedBy({ http, heapUsed }: Server, method: string, path: string): Promise<number> {
  const ask = async (count: number) => {
    for (let left = count; left > 0; left--) assert.equal((await http.request(method, path)).status, 200);
  };
  await ask(WARM_UP);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await heapUsed();
    await ask(REQUESTS);
    rounds.push(((await heapUsed()) - before) / REQUESTS);
  }
  return Math.min(...rounds.filter((bytes) => bytes > 0));
}

test("what is asked most often makes little garbage", async (t) => {
  const server = await startServer(t);
  const { digest } = await pushImage(server.http, "a", "v1");
  const blob = await pushBlob(server.http, "a", Buffer.from("blob"));
  const rows = [
    { method: "GET", path: `/v2/a/manifests/${digest}`, most: 20_000 },
    { method: "GET", path: "/v2/a/manifests/v1", most: 31_000 },
    { method: "HEAD", path: `/v2/a/blobs/${blob}`, most: 36_000 },
  ];
  for (const { method, path, most } of rows) {
    const bytes = await allocatedBy(server, method, path);
    t.diagnostic(`${method} ${path}: ${Math.round(bytes)} bytes, at most ${most}`);
    assert.ok(bytes < most, `${method} ${path} allocates ${Math.round(bytes)} bytes`);
  }
});
