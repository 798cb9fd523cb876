/** A listing that fails half-way is an error: what was read of it never passes for all there is. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { after, before, describe, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { withRetry } from "../../../drivers/layers/retry.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName, type Tag } from "../../../src/oci/names.ts";
import {
  currentTagKey,
  referrerKey,
  revisionLinkKey,
  tagIndexKey,
  uploadRecordKey,
} from "../../../src/registry/keys.ts";
import { type Meddle, type Meddler, type Meddling, startMeddler } from "../../support/meddler.ts";
import { allNamesAreHere } from "../../support/names.ts";
import { PAGE, PAGED_STORES, type PagedStore } from "../../support/paged-stores.ts";
import { EMPTY_JSON, imageManifest, pushBlob, pushManifest } from "../../support/registry-content.ts";
import type { HttpClient } from "../../support/registry-http.ts";
import { openWorld, type World } from "../../support/registry-world.ts";

allNamesAreHere();

const ENTRIES = 4 * PAGE + 5;

type Failures = Readonly<Record<string, Meddling>>;

const FAILURES: Failures = {
  "is answered 500": { kind: "answer", status: 500 },
  "is reset": { kind: "reset" },
  "is cut": { kind: "cut", after: 40 },
  "has half its body": { kind: "rewrite", to: (body) => body.slice(0, body.length / 2) },
};
const FAILURES_OF_S3: Failures = {
  ...FAILURES,
  "does not say where the next begins": {
    kind: "rewrite",
    to: (body) => body.replace(/<NextContinuationToken>.*?<\/NextContinuationToken>/, ""),
  },
};

/** Of each listing, all pages but the first. */
function onLaterPages(meddling: Meddling): Meddle {
  const begun = new Set<string>();
  return ({ url, method }: IncomingMessage) => {
    const { pathname, searchParams } = new URL(url ?? "", "http://store.test");
    if (method !== "GET" || !searchParams.has("prefix")) return undefined;
    const listing = `${pathname} ${searchParams.get("prefix")} ${searchParams.get("delimiter")}`;
    if (begun.has(listing)) return meddling;
    begun.add(listing);
    return undefined;
  };
}

const repository = parseRepositoryName("a");
const image = imageManifest();
const target = digestOf(image);
const names = Array.from({ length: ENTRIES }, (_, index) => `n${String(index).padStart(3, "0")}`);

/** So many tags of one image, repositories, referrers of it, and uploads. */
async function fill(driver: StorageDriver, http: HttpClient): Promise<void> {
  await pushBlob(http, "a", EMPTY_JSON);
  await pushManifest(http, "a", target, image);
  const keysOf = (name: string) => [
    currentTagKey(repository, name as Tag),
    tagIndexKey(repository, name as Tag, target),
    revisionLinkKey(parseRepositoryName(name), target),
    referrerKey(repository, target, digestOf(Buffer.from(name))),
    uploadRecordKey(name, 1),
  ];
  const link = Buffer.from(target);
  for (const name of names) await Promise.all(keysOf(name).map((key) => driver.put(key, link)));
}

for (const [name, start] of Object.entries(PAGED_STORES)) {
  describe(`a listing of ${name} whose second page`, () => {
    let store: PagedStore;
    let meddler: Meddler;
    let driver: StorageDriver;
    let world: World;
    before(async () => {
      store = await start();
      meddler = await startMeddler(store.url);
      driver = await store.open(meddler.url);
      world = await openWorld(driver);
      await fill(driver, world.http);
    });
    after(async () => {
      await world?.close();
      await driver?.close();
      await meddler?.stop();
      await store?.stop();
    });

    const ask = async (method: string, path: string) => {
      const answer = await world.http.request(method, path);
      assert.ok([500, 503].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.body}`);
      assert.ok(["UNKNOWN", "UNAVAILABLE"].includes(answer.errors()[0]?.code ?? ""));
      assert.equal(answer.headers["retry-after"], answer.status === 503 ? "5" : undefined);
    };

    for (const [what, meddling] of Object.entries(["s3", "oss"].includes(name) ? FAILURES_OF_S3 : FAILURES)) {
      test(`${what} is an error to whoever asked`, async () => {
        for (const [method, path] of [
          ["GET", "/v2/a/tags/list?n=1000"],
          ["GET", "/v2/_catalog?n=1000"],
          ["GET", `/v2/a/referrers/${target}`],
          ["DELETE", `/v2/a/manifests/${target}`],
        ] as const) {
          meddler.meddle(onLaterPages(meddling));
          await ask(method, path);
        }
        meddler.meddle(onLaterPages(meddling));
        await assert.rejects(world.registry.reaper.reap(), { name: "DriverError" });
        meddler.meddle(undefined);
        assert.equal((await world.http.request("GET", `/v2/a/manifests/${target}`)).status, 200);
      });
    }

    test("fails for a moment is asked for again, and the list is whole", async () => {
      const tools = { sleep: async () => {}, random: () => 0, monotonic: () => 0 };
      const options = {
        attempts: 2,
        firstDelayMilliseconds: 1,
        longestDelayMilliseconds: 1,
        patienceMilliseconds: 1,
      };
      const patient = await openWorld(withRetry(driver, options, tools));
      let failures = 0;
      const later = onLaterPages({ kind: "reset" });
      meddler.meddle(async (request) => {
        const meddling = failures === 0 ? await later(request) : undefined;
        if (meddling) failures++;
        return meddling;
      });
      const answer = await patient.http.request("GET", "/v2/_catalog?n=1000");
      meddler.meddle(undefined);
      await patient.close();
      assert.equal(failures, 1);
      assert.deepEqual(answer.json(), { repositories: ["a", ...names] });
    });

    test("does not fail is read, and everything goes", async () => {
      const { http } = world;
      assert.deepEqual((await http.request("GET", "/v2/_catalog?n=1000")).json(), { repositories: ["a", ...names] });
      const { tags } = (await http.request("GET", "/v2/a/tags/list?n=1000")).json<{ tags: string[] }>();
      // Each deletion that failed had removed some of them.
      assert.ok(tags.length > 0 && tags.every((tag) => names.includes(tag)), tags.join());
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${target}`)).status, 202);
      assert.equal((await http.request("GET", "/v2/a/tags/list?n=1000")).status, 404);
    });
  });
}
