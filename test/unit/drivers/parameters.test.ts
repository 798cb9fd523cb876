import assert from "node:assert/strict";
import { test } from "node:test";
import { driverNames, driverParameters, isDriverName, openDriver } from "../../../drivers/open.ts";

const defaults = { rootdirectory: "/var/lib/registry", maxthreads: 100 };

test("the filesystem's parameters are text or typed, and an empty section has the defaults", async () => {
  const schema = driverParameters("filesystem");
  for (const empty of [undefined, null, {}]) assert.deepEqual(schema.parse(empty), defaults);
  assert.deepEqual(schema.parse({ maxthreads: "200" }), { ...defaults, maxthreads: 200 });
  assert.deepEqual(schema.parse({ maxthreads: 3 }), { ...defaults, maxthreads: 25 });
  assert.deepEqual(schema.parse({ rootdirectory: "/data" }), { ...defaults, rootdirectory: "/data" });
  assert.deepEqual(schema.parse(schema.parse({ maxthreads: "7" })), { ...defaults, maxthreads: 25 });
});

test("all mistakes are told at once, with what to do", async () => {
  const schema = driverParameters("filesystem");
  const { error } = schema.safeParse({ rootdirectory: "", maxthreads: "many", maxthread: 5 });
  assert.deepEqual(
    error?.issues.map(({ path, message }) => [path.join("."), message]),
    [
      ["rootdirectory", "write the path of a directory, or leave it out for /var/lib/registry"],
      ["maxthreads", "write a whole number, such as 100"],
      ["", "remove or correct maxthread (known here: rootdirectory, acceldirectory, maxthreads)"],
    ],
  );
  for (const wrong of [true, 1.5, -1, "", " ", "1e9x", Number.NaN]) {
    assert.ok(!schema.safeParse({ maxthreads: wrong }).success, `${wrong}`);
  }
  assert.match(schema.safeParse("text").error?.message ?? "", /a map of parameters/);
});

test("the memory driver takes nothing", async () => {
  const schema = driverParameters("inmemory");
  assert.deepEqual(schema.parse(null), {});
  assert.ok(!schema.safeParse({ rootdirectory: "/" }).success);
});

test("drivers are known by name, and nothing else is", async () => {
  for (const name of driverNames) assert.ok(isDriverName(name));
  for (const name of ["nothing", "toString", "__proto__", ""]) assert.ok(!isDriverName(name));
  const driver = await openDriver("inmemory", {}, { warn: assert.fail });
  assert.equal(driver.name, "inmemory");
});
