/** Whether the place that clients are sent to is there: asked of real servers. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { Findings } from "../../../src/doctor/finding.ts";
import { checkRedirects } from "../../../src/doctor/reach.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { blobKey } from "../../../src/registry/keys.ts";
import { systemRuntime } from "../../../src/runtime.ts";

const KEY = blobKey(digestOf(Buffer.from("a blob")));

async function serve(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

async function driverAt(base: URL): Promise<StorageDriver> {
  const driver = createMemoryDriver();
  await driver.put(KEY, Buffer.from("a blob"));
  const expiresAt = new Date();
  return {
    ...driver,
    presign: { presignGet: async (key) => ({ url: new URL(`${key}?signature=hush`, base), expiresAt }) },
  };
}

async function diagnose(driver: StorageDriver) {
  const findings = new Findings();
  await checkRedirects(driver, systemRuntime, findings);
  const all = findings.all();
  assert.doesNotMatch(JSON.stringify(all), /hush/);
  return all
    .filter(({ what }) => !what.includes("only this machine"))
    .map(({ severity, what }) => ({ severity, what }));
}

test("a store that answers", async (t) => {
  const asked: unknown[] = [];
  const base = await serve(t, ({ url, headers }, response) => {
    asked.push([url, headers.range, headers.authorization]);
    response.writeHead(206).end("a");
  });
  assert.deepEqual(await diagnose(await driverAt(base)), [
    { severity: "note", what: `${base.origin}, where clients are sent for blobs, answers from here` },
  ]);
  assert.deepEqual(asked, [[`/${KEY}?signature=hush`, "bytes=0-0", undefined]]);
});

test("a store that refuses its own URLs", async (t) => {
  const base = await serve(t, (_request, response) => response.writeHead(403).end());
  assert.deepEqual(await diagnose(await driverAt(base)), [
    { severity: "broken", what: `${base.origin} answers 403 to a URL that was signed for it` },
  ]);
});

test("in an empty bucket, any answer will do", async (t) => {
  const base = await serve(t, (_request, response) => response.writeHead(404).end());
  const driver = await driverAt(base);
  await driver.delete(KEY);
  assert.deepEqual(
    (await diagnose(driver)).map(({ severity }) => severity),
    ["note"],
  );
});

test("nobody there", async () => {
  const [finding, ...others] = await diagnose(await driverAt(new URL("http://127.0.0.1:1")));
  assert.deepEqual(others, []);
  assert.equal(finding?.severity, "broken");
  assert.match(finding?.what ?? "", /^http:\/\/127\.0\.0\.1:1, where clients .*: ECONNREFUSED$/);
});

for (const { name, seconds, severity } of [
  { name: "a clock that is right enough", seconds: 10, severity: undefined },
  { name: "a clock that is a little wrong", seconds: 60, severity: "note" },
  { name: "a clock that signatures do not bear", seconds: -1000, severity: "broken" },
]) {
  test(name, async (t) => {
    const base = await serve(t, (_request, response) => {
      response.writeHead(206, { date: new Date(Date.now() + seconds * 1000).toUTCString() }).end("a");
    });
    const clock = (await diagnose(await driverAt(base))).filter(({ what }) => what.includes("clock"));
    assert.deepEqual(
      clock.map((finding) => finding.severity),
      severity ? [severity] : [],
    );
  });
}

test("a store that speaks no TLS, where it ought to", async (t) => {
  const base = await serve(t, (_request, response) => response.writeHead(200).end());
  const [finding] = await diagnose(await driverAt(new URL(base.href.replace("http:", "https:"))));
  assert.equal(finding?.severity, "broken");
  assert.match(finding?.what ?? "", /cannot be reached from here: (EPROTO|ERR_SSL)/);
});

test("a store that signs nothing", async () => {
  assert.deepEqual(
    (await diagnose(createMemoryDriver())).map(({ severity }) => severity),
    ["note"],
  );
});
