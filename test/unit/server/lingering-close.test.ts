import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { lingerBeforeClosing } from "../../../src/lingering-close.ts";

const BODY = Buffer.alloc(20 * 1024 * 1024);
const ATTEMPTS = 20;

test("a refusal reaches a client that is still sending", async (t) => {
  const server = createServer();
  lingerBeforeClosing(server);
  server.on("request", (_, response) => response.writeHead(401, { connection: "close" }).end("no"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;

  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const put = request({ port, method: "PUT", headers: { "content-length": BODY.length } });
    put.end(BODY);
    const [response] = await once(put, "response");
    assert.equal(response.statusCode, 401);
    assert.equal(Buffer.concat(await response.toArray()).toString(), "no");
  }
});
