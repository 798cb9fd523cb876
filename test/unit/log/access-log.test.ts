import assert from "node:assert/strict";
import { test } from "node:test";
import { createAccessLog, createRequestLog } from "../../../src/access-log.ts";
import { writeHead } from "../../../src/http/respond.ts";
import { serveObserved } from "../../support/visited.ts";
import { collectLog } from "../server/wire.ts";

test("Apache's combined format, without secrets, without probes", async (t) => {
  const lines: string[] = [];
  const base = await serveObserved(
    t,
    createAccessLog({ write: (line) => void lines.push(line) }),
    (request, response) => {
      if (request.headers.referer) response.locals.user = "ann";
      writeHead(response, 201, { "content-length": 2 });
      response.end("ok");
    },
  );
  await fetch(`${base}/livez`);
  await fetch(`${base}/readyz`);
  await fetch(`${base}/v2/a/blobs/uploads/1?_state=hush&n=1`, {
    headers: {
      "user-agent": 'curl "x"',
      referer: "http://x/?sig=hush",
      authorization: "Bearer hush",
    },
  });
  // Nobody has looked whether that is true.
  const authorization = `Basic ${Buffer.from("ann\n127.0.0.1 - bob:hush").toString("base64")}`;
  await fetch(`${base}/v2/`, { headers: { "user-agent": "y", authorization } });
  assert.match(
    lines[0] ?? "",
    /^127\.0\.0\.1 - ann \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/v2\/a\/blobs\/uploads\/1\?_state=\*\*\*&n=1 HTTP\/1\.1" 201 2 "http:\/\/x\/\?sig=\*\*\*" "curl \\"x\\""\n$/,
  );
  assert.match(lines[1] ?? "", /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/v2\/ HTTP\/1\.1" 201 2 "-" "y"\n$/);
  assert.equal(lines.length, 2);
});

test("the same as fields", async (t) => {
  const { log, lines } = collectLog();
  const base = await serveObserved(t, createRequestLog(log, { level: "info" }), (_, response) => {
    Object.assign(response.locals, { repository: "a/b", reference: "latest", user: "ann" });
    response.end("body");
  });
  await fetch(`${base}/readyz`);
  await fetch(`${base}/v2/a/b/manifests/latest?_state=hush`, { headers: { "user-agent": "x" } });
  assert.equal(lines.length, 1);
  const { durationMilliseconds, bytes, ...fields } = lines[0]?.fields ?? {};
  assert.deepEqual(JSON.parse(JSON.stringify(fields)), {
    requestId: "7",
    method: "GET",
    path: "/v2/a/b/manifests/latest?_state=***",
    status: 200,
    repository: "a/b",
    reference: "latest",
    user: "ann",
    remoteAddress: "127.0.0.1",
    userAgent: "x",
  });
  assert.ok(Number(durationMilliseconds) >= 0);
  assert.ok(Number(bytes) > 4);
});

test("a digest is called one, and a client that left is 499", async (t) => {
  const { log, lines } = collectLog();
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const base = await serveObserved(t, createRequestLog(log, { level: "info" }), (_, response) => {
    response.locals.reference = "sha256:0";
    response.on("close", () => closed.resolve());
    arrived.resolve();
  });
  const controller = new AbortController();
  const request = fetch(`${base}/v2/a/blobs/x`, { signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await assert.rejects(request);
  await closed.promise;
  const { digest, reference, status } = lines[0]?.fields ?? {};
  assert.deepEqual({ digest, reference, status }, { digest: "sha256:0", reference: undefined, status: 499 });
});
