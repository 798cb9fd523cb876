/** Uploads that nobody goes on with. */
import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import { blobKey } from "../../../src/registry/keys.ts";
import { createUploadRecords, EMPTY_RECORD } from "../../../src/registry/upload-records.ts";
import { systemRuntime } from "../../../src/runtime.ts";
import { bytesOf } from "../../support/bytes.ts";
import { pushBlob, pushImage, startUpload, withDigest } from "../../support/registry-content.ts";
import { keysUnder } from "../../support/registry-drivers.ts";
import { assertError } from "../../support/registry-http.ts";
import { DEFAULT_REGISTRY, HOUR } from "../../support/registry-world.ts";
import type { Case, Chapter } from "./harness.ts";
import { assertCreated, assertSession } from "./uploads.ts";

const REPOSITORIES = "docker/registry/v2/repositories";

/** One of each kind, `bytes` long. */
async function leaveUploads({ http, registry, longBytes }: Case): Promise<string[]> {
  const locations: string[] = [];
  for (const lengths of [[10], [longBytes], [longBytes, 10, longBytes]]) {
    let location = await startUpload(http, "a");
    for (const length of lengths)
      location = (await http.request("PATCH", location, { body: bytesOf(length) })).location;
    locations.push(location);
  }
  await registry.settled();
  return locations;
}

async function leaveForeignUpload({ driver }: Case, repository: string, id: string): Promise<string[]> {
  const prefix = `${REPOSITORIES}/${repository}/_uploads/${id}`;
  const keys = [`${prefix}/data`, `${prefix}/hashstates/sha256/10`, `${prefix}/startedat`];
  for (const key of keys) await driver.put(key, Buffer.from("x"));
  return keys;
}

export const reaper: Chapter = {
  ids: ["reaper"],
  title: "",
  define(cases) {
    cases.case("ends what is old, and nothing else", async (c) => {
      const { http, driver, registry, runtime } = c;
      const left = await leaveUploads(c);
      const { digest } = await pushImage(http, "a", "latest");
      assert.equal(await registry.reaper.reap(), 0);
      for (const location of left) assert.equal((await http.request("GET", location)).status, 204);
      await runtime.advance(170 * HOUR);
      assert.equal(await registry.reaper.reap(), left.length);
      assert.deepEqual(await keysUnder(driver, "moorage/uploads/"), []);
      assert.equal(await registry.reaper.reap(), 0);
      assert.equal((await http.request("GET", `/v2/a/manifests/${digest}`)).status, 200);
      assert.equal((await http.request("GET", "/v2/a/tags/list")).status, 200);
    });

    cases.when("keepsOurTime", "counts from the last chunk, and leaves the young", async (c) => {
      const { http, registry, runtime, longBytes } = c;
      await leaveUploads(c);
      await runtime.advance(100 * HOUR);
      const young = await http.request("PATCH", await startUpload(http, "a"), { body: bytesOf(longBytes) });
      await runtime.advance(100 * HOUR);
      assert.equal(await registry.reaper.reap(), 3);
      assertSession(await http.request("GET", young.location), 204, longBytes);
      const digest = digestOf(bytesOf(longBytes));
      assertCreated(await http.request("PUT", withDigest(young.location, digest)), digest);
    });

    cases.case(
      "a gravestone stands as long as a state from before it could come back",
      async ({ http, registry, runtime }) => {
        const start = await startUpload(http, "a");
        await http.request("DELETE", start);
        await runtime.advance(167 * HOUR);
        await registry.reaper.reap();
        assertError(await http.request("PATCH", start, { body: "x" }), 404, "BLOB_UPLOAD_UNKNOWN");
        await runtime.advance(2 * HOUR);
        await registry.reaper.reap();
        assertError(await http.request("PATCH", start, { body: "x" }), 404, "BLOB_UPLOAD_UNKNOWN");
      },
    );

    cases.case(
      "a dry run only counts",
      async (c) => {
        const { driver, registry, runtime } = c;
        await leaveUploads(c);
        await leaveForeignUpload(c, "a", "foreign");
        const before = await keysUnder(driver, "");
        await runtime.advance(170 * HOUR);
        assert.equal(await registry.reaper.reap(), 3);
        assert.deepEqual(await keysUnder(driver, ""), before);
      },
      { registry: { reaper: { ...DEFAULT_REGISTRY.reaper, dryRun: true } } },
    );

    cases.case("blobs on their way to their final key, whose process ended", async ({ driver, registry, runtime }) => {
      const records = createUploadRecords({ driver, runtime: systemRuntime });
      const key = blobKey(digestOf(bytesOf(10)));
      const multipart = await driver.multipart.create(key);
      const repository = parseRepositoryName("a");
      const record = { ...EMPTY_RECORD, state: "direct", sequence: 1, attempt: "x", repository, multipart } as const;
      await records.append("dead", record);
      await runtime.advance(170 * HOUR);
      assert.equal(await registry.reaper.reap(), 1);
      assert.deepEqual(await keysUnder(driver, "moorage/uploads/"), []);
    });

    cases.case("one that cannot be read does not keep it from the others", async (c) => {
      const { driver, registry, runtime, expectFailures } = c;
      expectFailures();
      await driver.put("moorage/uploads/0-/0-first.record.00000001", Buffer.from("nonsense"));
      await driver.put("moorage/uploads/zz/zz-last.data.x", Buffer.from("no record at all"));
      const left = await leaveUploads(c);
      await runtime.advance(170 * HOUR);
      assert.ok((await registry.reaper.reap()) >= left.length + 1);
      for (const key of await keysUnder(driver, "moorage/uploads/")) assert.match(key, /0-first/);
      await driver.delete("moorage/uploads/0-/0-first.record.00000001");
    });

    cases.case("distribution's unfinished uploads go too, also where there never was a manifest", async (c) => {
      const { http, driver, registry, runtime } = c;
      await pushImage(http, "with/manifest", "latest");
      await pushBlob(http, "with/layers", Buffer.from("x"));
      for (const repository of ["with/manifest", "with/layers", "with", "with/nothing/else"]) {
        await leaveForeignUpload(c, repository, "old");
      }
      const others = (await keysUnder(driver, REPOSITORIES)).filter((key) => !key.includes("/_uploads/"));
      await registry.reaper.reap();
      assert.equal((await keysUnder(driver, REPOSITORIES)).length, others.length + 12);
      await runtime.advance(170 * HOUR);
      await registry.reaper.reap();
      assert.deepEqual(await keysUnder(driver, REPOSITORIES), others);
    });

    cases.when("keepsOurTime", "distribution's young uploads stay whole", async (c) => {
      const { http, driver, registry, runtime } = c;
      await pushImage(http, "a", "latest");
      await leaveForeignUpload(c, "a", "old");
      await runtime.advance(100 * HOUR);
      const young = await leaveForeignUpload(c, "a", "young");
      const mixed = await leaveForeignUpload(c, "a", "mixed");
      await runtime.advance(100 * HOUR);
      await driver.put(mixed[0] ?? "", Buffer.from("still growing"));
      await registry.reaper.reap();
      assert.deepEqual(await keysUnder(driver, `${REPOSITORIES}/a/_uploads/`), [...mixed, ...young].sort());
    });

    cases.when(
      "conditional",
      "goes round every interval, one replica at a time",
      async (c) => {
        const { runtime, replica, log } = c;
        const others = [await replica(), await replica()];
        for (let round = 0; round < 3; round++) {
          await leaveUploads(c);
          await runtime.advance(170 * HOUR);
          const logs = [log, ...others.map((other) => other.log)];
          const ended = logs.map((entries) =>
            entries.filter(({ message }) => message === "an abandoned upload was ended"),
          );
          assert.equal(ended.flat().length, 3 * (round + 1));
        }
        assert.equal((await keysUnder(c.driver, "moorage/leases/")).length, 1);
      },
      { registry: { reaper: { ...DEFAULT_REGISTRY.reaper, enabled: true } } },
    );

    cases.case("switched off", async (c) => {
      await leaveUploads(c);
      await c.runtime.advance(1000 * HOUR);
      assert.notDeepEqual(await keysUnder(c.driver, "moorage/uploads/"), []);
    });
  },
};
