import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../../../support/bytes.ts";
import { Failure } from "../../../support/s3-double/failure.ts";
import { s3Scene } from "../../../support/s3-scene.ts";
import { collectingWritable } from "../../../support/writables.ts";

test("a body that breaks off is a failure in every way of reading it", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  await driver.put("object", bytesOf(100_000));
  double.interfere = (_call, proceed) => ({ ...proceed(), breakAfter: 70_000 });
  const unavailable = { name: "DriverError", kind: "unavailable" };
  await assert.rejects((await driver.get("object")).bytes(), unavailable);
  await assert.rejects((await driver.get("object")).sendTo(collectingWritable().out), unavailable);
  const reading = (async () => {
    for await (const _ of (await driver.get("object")).stream());
  })();
  await assert.rejects(reading, unavailable);
});

test("a store that answers a range with something else is not believed", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  await driver.put("object", bytesOf(100));
  double.interfere = (_call, proceed) => {
    const { "content-range": _, ...headers } = proceed().headers ?? {};
    return { status: 200, headers, body: bytesOf(100) };
  };
  await assert.rejects(driver.get("object", { range: { start: 5, end: 9 } }), { kind: "unexpected" });
});

const NOT_ABSENCE = [
  [403, "AccessDenied", "denied"],
  [404, "NoSuchBucket", "unexpected"],
  [429, "TooManyRequests", "throttled"],
  [500, "InternalError", "unavailable"],
  [502, "BadGateway", "unavailable"],
  [503, "SlowDown", "throttled"],
  [400, "RequestTimeout", "unavailable"],
  [507, "InsufficientStorage", "no_space"],
  [418, "Teapot", "unexpected"],
] as const;

test("only absence is absence", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  for (const [status, code, kind] of NOT_ABSENCE) {
    double.interfere = () => {
      throw new Failure(status, code);
    };
    await assert.rejects(driver.get("key"), { kind }, code);
    await assert.rejects(driver.put("key", Buffer.from("x")), { kind }, code);
    await assert.rejects(driver.copy("key", "other"), { name: "DriverError" }, code);
  }
  double.interfere = () => ({ status: 404, body: "<html>Not here</html>" });
  await assert.rejects(driver.get("key"), { kind: "unexpected" });
  await assert.rejects(driver.multipart.putPart({ key: "key", id: "id" }, 1, Buffer.from("x")), { kind: "unexpected" });
  double.interfere = () => ({ status: 502, body: "<html>Bad Gateway</html>" });
  await assert.rejects(driver.get("key"), { kind: "unavailable" });
  await assert.rejects(driver.head("key"), { kind: "unavailable" });
  double.interfere = () => ({ status: 200, body: "<html>Welcome to this hotel</html>" });
  await assert.rejects(driver.head("key"), { kind: "unexpected" });
  const listing = (async () => {
    for await (const _ of driver.list(""));
  })();
  await assert.rejects(listing, { kind: "unexpected" });
});

test("a store that goes away is trouble that may pass", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  await double.close();
  const body = Buffer.from("x");
  for (const call of [() => driver.head("key"), () => driver.put("key", body), () => driver.delete("key")]) {
    await assert.rejects(call, { kind: "unavailable" });
  }
});

test("a key that is too long is told from one that is absent", async (t) => {
  const { open } = await s3Scene(t);
  const driver = await open();
  const long = Array.from({ length: 300 }, () => "long").join("/");
  await assert.rejects(driver.put(long, Buffer.from("x")), { kind: "key_invalid" });
});

test("the store is told who asks, and what the configuration adds", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open({ parameters: { useragent: "site-7" } });
  const agents = new Set<string | undefined>();
  double.interfere = ({ headers }, proceed) => {
    agents.add(headers["user-agent"]);
    return proceed();
  };
  await driver.put("key", Buffer.from("x"));
  await driver.head("key");
  assert.deepEqual([...agents], ["moorage site-7"]);
});
