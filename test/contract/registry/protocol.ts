/** Buckets that follow other rules than this version's. */
import assert from "node:assert/strict";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { DriverError } from "../../../drivers/errors.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import {
  EMPTY_JSON,
  imageManifest,
  pushBlob,
  pushImage,
  putManifest,
  startUpload,
  withDigest,
} from "../../support/registry-content.ts";
import { aroundDriver } from "../../support/registry-drivers.ts";
import { type Answer, assertError, type HttpClient } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const KEY = "moorage/protocol";
const MINUTE = 60_000;

/** Every way to change something. */
async function writes(http: HttpClient, upload: string): Promise<Answer[]> {
  const digest = digestOf(EMPTY_JSON);
  const answers = [
    await putManifest(http, "a", "latest", imageManifest()),
    await http.request("POST", `/v2/a/blobs/uploads/?digest=${digest}`, { body: EMPTY_JSON }),
    await http.request("POST", `/v2/b/blobs/uploads/?mount=${digest}&from=a`),
    await http.request("PATCH", upload, { body: bytesOf(10) }),
    await http.request("PUT", withDigest(upload, digest), { body: EMPTY_JSON }),
    await http.request("DELETE", upload),
    await http.request("DELETE", "/v2/a/manifests/latest"),
    await http.request("DELETE", `/v2/a/manifests/${digestOf(imageManifest())}`),
    await http.request("DELETE", `/v2/a/blobs/${digest}`),
  ];
  return answers;
}

async function assertReads(http: HttpClient): Promise<void> {
  for (const path of ["manifests/latest", `blobs/${digestOf(EMPTY_JSON)}`, "tags/list"]) {
    assert.equal((await http.request("GET", `/v2/a/${path}`)).status, 200);
  }
  assert.equal((await http.request("GET", "/v2/_catalog")).status, 200);
}

export const protocol: Chapter = {
  ids: ["protocol"],
  title: "",
  define(cases) {
    cases.case("is written once, and read by those who come later", async ({ driver, replica }) => {
      const { version } = await driver.head(KEY);
      assert.equal((await (await driver.get(KEY)).bytes()).toString(), '{"version":1}\n');
      await replica();
      assert.equal((await driver.head(KEY)).version, version);
    });

    cases.case("a registry that only reads does not write it", async ({ driver, replica }) => {
      await driver.delete(KEY);
      await replica({ registry: { readOnly: true } });
      await assert.rejects(driver.head(KEY), { kind: "not_found" });
    });

    for (const found of [
      '{"version":2}',
      '{"version":"1"}',
      '{"version":null}',
      "{}",
      "[]",
      "null",
      "nonsense",
      "",
      " ".repeat(5000),
    ]) {
      cases.case(`"${found.slice(0, 20)}" is not known: reads work, writes are 503, until it is again`, async (c) => {
        const { http, driver, runtime, replica, log, expectFailures } = c;
        expectFailures();
        await pushBlob(http, "a", EMPTY_JSON);
        assert.equal((await putManifest(http, "a", "latest", imageManifest())).status, 201);
        const upload = await startUpload(http, "a");
        await driver.put(KEY, Buffer.from(found));
        const fresh = await replica();
        await runtime.advance(3 * MINUTE);
        await runtime.advance(3 * MINUTE);
        for (const client of [http, fresh.http]) {
          for (const answer of await writes(client, upload)) assertError(answer, 503, "UNAVAILABLE");
          await assertReads(client);
        }
        assert.equal(log.filter(({ message }) => message.includes("rules that this version does not know")).length, 1);
        await driver.put(KEY, Buffer.from('{"version":1}\n'));
        await runtime.advance(3 * MINUTE);
        for (const client of [http, fresh.http]) await pushImage(client, "a", "latest");
      });
    }

    let isAway = false;
    cases.case(
      "a store that is away for a moment changes no rules",
      async ({ http, runtime, expectFailures }) => {
        expectFailures();
        isAway = true;
        await runtime.advance(3 * MINUTE);
        isAway = false;
        await pushImage(http, "a", "latest");
      },
      {
        wrap: (driver: StorageDriver) =>
          aroundDriver(driver, async (call, run) => {
            if (isAway && call.key === KEY) throw new DriverError("unavailable", call.operation, { key: call.key });
            return await run();
          }),
      },
    );
  },
};
