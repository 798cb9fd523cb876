import assert from "node:assert/strict";
import { test } from "node:test";
import { s3Scene } from "../../../support/s3-scene.ts";

test("the first page of a listing is as long as its caller expects, and no longer than S3 makes it", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  for (const key of ["a", "b", "c"]) await driver.put(key, Buffer.from("x"));
  const asked: (string | undefined)[] = [];
  double.interfere = ({ query }, proceed) => {
    asked.push(query.get("max-keys"));
    return proceed();
  };
  for (const expected of [2, 5000, undefined]) {
    const keys: string[] = [];
    for await (const { key } of driver.list("", { expected })) keys.push(key);
    assert.deepEqual(keys, ["a", "b", "c"]);
  }
  assert.deepEqual(asked, ["2", undefined, undefined, undefined]);
});
