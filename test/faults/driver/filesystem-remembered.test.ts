import assert from "node:assert/strict";
import fs from "node:fs";
import { rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { mock, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { temporaryDirectory } from "../../support/temp.ts";

// Before the driver takes it.
const directories = [mock.method(fs, "readdir"), mock.method(fs, "readdirSync")];
const { openDriver } = await import("../../../drivers/open.ts");

const MANY = 300;

async function namesIn(driver: StorageDriver): Promise<string[]> {
  return (await Array.fromAsync(driver.list("tags/", { delimiter: "/" }))).map(({ key }) =>
    key.slice("tags/".length, -1),
  );
}

test("a large directory is read once while it rests, and every change of it is seen at once", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  const expected = new Set(Array.from({ length: MANY }, (_, index) => String(index + 1000)));
  const put = (name: string) => driver.put(`tags/${name}/link`, Buffer.from("x"));
  await Promise.all([...expected].map(put));
  const tags = join(directory.path, "tags");
  const rest = () => utimes(tags, new Date(0), new Date(Date.now() - 3_600_000));
  const calls = () => directories.flatMap(({ mock }) => mock.calls.map((call): unknown => call.arguments[0]));
  const readsOfIt = () => calls().filter((path) => path === `${tags}/`).length;
  const assertNames = async () => assert.deepEqual(await namesIn(driver), [...expected].sort());

  await assertNames();
  await assertNames();
  const changing = readsOfIt();
  assert.equal(changing, 2, "what has changed a moment ago may change again within the same tick");
  await rest();
  await assertNames();
  await assertNames();
  await assertNames();
  assert.equal(readsOfIt(), changing + 1);

  await put("0");
  expected.add("0");
  await assertNames();
  await rest();
  await assertNames();
  await rename(join(tags, "1000"), join(tags, "999"));
  expected.delete("1000");
  expected.add("999");
  await assertNames();
  await rest();
  await assertNames();
  await driver.delete("tags/1001/link");
  expected.delete("1001");
  await assertNames();
  await rm(tags, { recursive: true });
  expected.clear();
  await assertNames();
});
