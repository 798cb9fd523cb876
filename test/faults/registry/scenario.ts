/** A push with everything in it, step by step, and what must be true of a store whatever stopped it. */
import assert from "node:assert/strict";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { algorithmOf, type Digest, digestOf } from "../../../src/oci/digest.ts";
import { OCI_IMAGE } from "../../../src/oci/media-types.ts";
import { blobKey } from "../../../src/registry/keys.ts";
import { bytesOf } from "../../support/bytes.ts";
import {
  descriptorOf,
  imageManifest,
  indexManifest,
  json,
  putManifest,
  startUpload,
  withDigest,
} from "../../support/registry-content.ts";
import { keysUnder } from "../../support/registry-drivers.ts";
import type { Answer, HttpClient } from "../../support/registry-http.ts";

import { HOUR, openRegistry, openWorld, type World, type WorldOptions } from "../../support/registry-world.ts";
import { createSleeplessRuntime, type SleeplessRuntime } from "../../support/sleepless-runtime.ts";

const PART = 64;
export const WORLD: WorldOptions = { registry: { partSize: PART } };

export interface Store {
  readonly bucket: Bucket;
  readonly driver: StorageDriver;
  readonly runtime: SleeplessRuntime;
}

export function openStore(): Store {
  const bucket = new Bucket();
  const runtime = createSleeplessRuntime();
  const limits = { ...S3_LIMITS, minPartSize: PART };
  const driver = createMemoryDriver({ bucket, limits, now: runtime.now });
  return { bucket, runtime, driver: withUploadListing(driver, bucket) };
}

/** What a store holds at a moment; uploads that are under way are left out. */
export type Snapshot = ReadonlyMap<string, Buffer>;

export function snapshotOf({ bucket }: Store): Snapshot {
  return new Map(bucket.keys().map((key) => [key, bucket.get(key)?.bytes ?? Buffer.alloc(0)]));
}

export function openStoreFrom(snapshot: Snapshot): Store {
  const store = openStore();
  for (const [key, bytes] of snapshot) store.bucket.set(key, bytes, store.runtime.now());
  return store;
}

/** What others can see of it. */
export function visible(snapshot: Snapshot): Record<string, string> {
  const entries = [...snapshot].filter(([key]) => /^(?:docker|moorage\/index)\//.test(key));
  return Object.fromEntries(entries.map(([key, bytes]) => [key, digestOf(bytes)]));
}

/** As if all of them had been there for ever. */
function withUploadListing(driver: StorageDriver, bucket: Bucket): StorageDriver {
  return {
    ...driver,
    multipart: {
      ...driver.multipart,
      async *listUploads(prefix) {
        for (const [id, { key }] of bucket.uploads)
          if (key.startsWith(prefix)) yield { key, id, startedAt: new Date(0) };
      },
    },
  };
}

const config = json({ os: "linux" });
/** So few parts that the body ends before the first of them is answered. */
const direct = bytesOf(2 * PART + 9, "direct");
const staged = bytesOf(5 * PART + 9, "staged");
const chunked = bytesOf(3 * PART, "chunked");
const moved = bytesOf(3 * PART + 1, "moved");
const subject = imageManifest({ config });
const image = imageManifest({
  config,
  layers: [direct, staged, chunked],
  fields: { subject: descriptorOf(subject, OCI_IMAGE) },
});
const next = indexManifest([descriptorOf(image, OCI_IMAGE)]);

export interface Step {
  readonly title: string;
  /** What it answers when all is well; the last of several requests. */
  readonly status: number;
  run(http: HttpClient): Promise<Answer>;
}

const upload = (
  title: string,
  bytes: Buffer,
  cuts: readonly number[],
  algorithm: "sha256" | "sha512" = "sha256",
): Step => ({
  title,
  status: 201,
  async run(http) {
    let location = await startUpload(http, "a");
    let start = 0;
    for (const end of cuts) {
      const answer = await http.request("PATCH", location, { body: bytes.subarray(start, end) });
      if (answer.status !== 202) return answer;
      location = answer.location;
      start = end;
    }
    return await http.request("PUT", withDigest(location, digestOf(bytes, algorithm)), { body: bytes.subarray(start) });
  },
});

const manifest = (title: string, reference: string, bytes: Buffer): Step => ({
  title,
  status: 201,
  run: (http) => putManifest(http, "a", reference, bytes),
});

const request = (title: string, status: number, method: string, path: string): Step => ({
  title,
  status,
  run: (http) => http.request(method, path),
});

export const STEPS: readonly Step[] = [
  {
    title: "a small blob with its POST",
    status: 201,
    run: (http) => http.request("POST", `/v2/a/blobs/uploads/?digest=${digestOf(config)}`, { body: config }),
  },
  upload("a large blob with its PUT", direct, []),
  upload("a large blob in one chunk", staged, [staged.length]),
  upload("a large blob in several chunks", chunked, [10, PART + 11, 2 * PART]),
  upload("a large blob whose digest has to be read back", moved, [2 * PART], "sha512"),
  {
    title: "an upload that is cancelled",
    status: 204,
    async run(http) {
      const patched = await http.request("PATCH", await startUpload(http, "a"), { body: chunked });
      return patched.status === 202 ? await http.request("DELETE", patched.location) : patched;
    },
  },
  request("a mount", 201, "POST", `/v2/b/blobs/uploads/?mount=${digestOf(direct)}&from=a`),
  manifest("the subject", digestOf(subject), subject),
  manifest("an image with two tags and a subject", "one?tag=two", image),
  manifest("an index that takes one of the tags", "two", next),
  request("the index deleted", 202, "DELETE", `/v2/a/manifests/${digestOf(next)}`),
  manifest("the index pushed again", "two", next),
  request("a tag deleted", 202, "DELETE", "/v2/a/manifests/one"),
  request("a blob deleted", 202, "DELETE", `/v2/b/blobs/${digestOf(direct)}`),
];

/** How the store looks after all steps. */
export async function assertComplete(http: HttpClient): Promise<void> {
  assert.deepEqual((await http.request("GET", "/v2/a/tags/list")).json(), { name: "a", tags: ["two"] });
  assert.ok((await http.request("GET", "/v2/a/manifests/two")).body.equals(next));
  for (const bytes of [config, direct, staged, chunked]) {
    assert.ok((await http.request("GET", `/v2/a/blobs/${digestOf(bytes)}`)).body.equals(bytes));
  }
  assert.ok((await http.request("GET", `/v2/a/blobs/${digestOf(moved, "sha512")}`)).body.equals(moved));
  assert.equal((await http.request("GET", `/v2/b/blobs/${digestOf(direct)}`)).status, 404);
  const referrers = (await http.request("GET", `/v2/a/referrers/${digestOf(subject)}`)).json<{ manifests: [] }>();
  assert.equal(referrers.manifests.length, 1);
}

/** Whatever is visible is whole. */
export async function assertNothingLies(store: Store): Promise<void> {
  const { driver, runtime } = store;
  const world = await openWorld(driver, { ...WORLD, runtime });
  try {
    await assertBytesMatchTheirNames(driver);
    for (const repository of ["a", "b"]) await assertRepository(world, repository);
  } finally {
    await world.close();
  }
}

async function assertBytesMatchTheirNames(driver: StorageDriver): Promise<void> {
  for (const key of await keysUnder(driver, "docker/registry/v2/blobs/")) {
    const [, , , , algorithm, , hex] = key.split("/");
    const digest = `${algorithm}:${hex}` as Digest;
    const bytes = await (await driver.get(key)).bytes();
    assert.equal(digestOf(bytes, algorithmOf(digest)), digest, "a blob that is not what its name says");
  }
}

async function assertRepository({ driver, http }: World, repository: string): Promise<void> {
  const prefix = `docker/registry/v2/repositories/${repository}`;
  for (const key of await keysUnder(driver, `${prefix}/_layers/`)) {
    const digest = key.split("/").slice(-3, -1).join(":") as Digest;
    const { status } = await http.request("GET", `/v2/${repository}/blobs/${digest}`);
    // That of a short blob is stored beside it, and counts only with it.
    assert.equal(
      status,
      digest === digestOf(config) && !(await isThere(driver, digest)) ? 404 : 200,
      "a link to nothing",
    );
  }
  for (const key of await keysUnder(driver, `${prefix}/_manifests/tags/`)) {
    const [tag = "", role] = key.slice(`${prefix}/_manifests/tags/`.length).split("/");
    if (role === "current") await assertWhole(http, repository, tag);
  }
  for (const { digest } of await referrersOf(http, repository)) await assertWhole(http, repository, digest);
}

async function isThere(driver: StorageDriver, digest: Digest): Promise<boolean> {
  return (await keysUnder(driver, blobKey(digest))).length > 0;
}

async function referrersOf(http: HttpClient, repository: string): Promise<readonly { readonly digest: string }[]> {
  const answer = await http.request("GET", `/v2/${repository}/referrers/${digestOf(subject)}`);
  assert.equal(answer.status, 200);
  return answer.json<{ manifests: { digest: string }[] }>().manifests;
}

/** The manifest, and everything that it references but its subject. */
async function assertWhole(http: HttpClient, repository: string, reference: string): Promise<void> {
  const answer = await http.request("GET", `/v2/${repository}/manifests/${reference}`);
  assert.equal(answer.status, 200, `${reference} means a manifest that is not there`);
  assert.equal(digestOf(answer.body), answer.header("docker-content-digest"));
  const { config: own, layers = [], manifests = [] } = answer.json<Record<string, { digest: string }[]>>();
  for (const { digest } of [...(own ? [own as unknown as { digest: string }] : []), ...layers]) {
    assert.equal((await http.request("HEAD", `/v2/${repository}/blobs/${digest}`)).status, 200);
  }
  for (const { digest } of manifests) await assertWhole(http, repository, digest);
}

/** Nothing of what was left half done stays for ever. */
export async function assertReapable({ driver, bucket, runtime }: Store): Promise<void> {
  const later = { ...runtime, now: () => runtime.now() + 10_000 * HOUR };
  await openRegistry(driver, { ...WORLD, runtime: later }).registry.reaper.reap();
  assert.deepEqual(await keysUnder(driver, "moorage/uploads/"), []);
  assert.deepEqual([...bucket.uploads.values()], [], "multipart uploads that nobody will ever end");
}
