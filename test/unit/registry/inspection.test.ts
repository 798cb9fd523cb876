/** What is wrong in a bucket is found, and nothing is found where nothing is wrong. Each case plants one fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import type { RepositoryName, Tag } from "../../../src/oci/names.ts";
import { inspect, type Seen } from "../../../src/registry/inspection/inspect.ts";
import type { Problem } from "../../../src/registry/inspection/problems.ts";
import {
  blobKey,
  currentTagKey,
  layerLinkKey,
  REPOSITORIES_PREFIX,
  revisionLinkKey,
  tagIndexKey,
} from "../../../src/registry/keys.ts";
import { descriptorOf, imageManifest, indexManifest, json } from "../../support/registry-content.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";

const APP = "app" as RepositoryName;
const V1 = "v1" as Tag;
const CONFIG = Buffer.from("{}");
const LAYER = Buffer.from("a layer");
const IMAGE = imageManifest({ config: CONFIG, layers: [LAYER] });
const IMAGE_DIGEST = digestOf(IMAGE);
const ABSENT = digestOf(Buffer.from("nobody has it"));
const DAY = 24 * 3_600_000;

function createWorld() {
  const runtime = createManualRuntime();
  const driver = createMemoryDriver({ bucket: new Bucket(), now: runtime.now });
  const link = (key: string, digest: Digest) => driver.put(key, Buffer.from(digest));
  const world = {
    driver,
    runtime,
    async blob(repository: RepositoryName, bytes: Buffer) {
      await driver.put(blobKey(digestOf(bytes)), bytes);
      await link(layerLinkKey(repository, digestOf(bytes)), digestOf(bytes));
    },
    async manifest(repository: RepositoryName, bytes: Buffer, ...tags: string[]) {
      const digest = digestOf(bytes);
      await driver.put(blobKey(digest), bytes);
      await link(revisionLinkKey(repository, digest), digest);
      for (const tag of tags as Tag[]) {
        await link(tagIndexKey(repository, tag, digest), digest);
        await link(currentTagKey(repository, tag), digest);
      }
    },
    async look(mostObjects = Number.POSITIVE_INFINITY): Promise<Seen & { problems: Problem[] }> {
      const problems: Problem[] = [];
      const seen = await inspect(world, { mostObjects, report: (problem) => problems.push(problem) });
      return { ...seen, problems: problems.sort((a, b) => (a.place < b.place ? -1 : 1)) };
    },
  };
  return world;
}

type World = ReturnType<typeof createWorld>;

async function healthy(): Promise<World> {
  const world = createWorld();
  for (const repository of [APP, "app/nested", "app-two", "app/0"] as RepositoryName[]) {
    for (const bytes of [CONFIG, LAYER]) await world.blob(repository, bytes);
    await world.manifest(repository, IMAGE, "v1", "v1.0", "latest");
    await world.manifest(repository, indexManifest([descriptorOf(IMAGE, "a/b")]), "index");
  }
  return world;
}

const AT_IMAGE = `app@${IMAGE_DIGEST}`;

const FAULTS: Readonly<Record<string, { plant: (world: World) => Promise<unknown>; found: readonly Problem[] }>> = {
  "a layer's bytes are gone": {
    plant: ({ driver }) => driver.delete(blobKey(digestOf(LAYER))),
    found: (["app", "app-two", "app/0", "app/nested"] as const).flatMap((name): Problem[] => [
      { kind: "layer_without_bytes", place: `${name}@${digestOf(LAYER)}` },
      { kind: "manifest_incomplete", place: `${name}@${IMAGE_DIGEST}`, detail: `${digestOf(LAYER)} is not there` },
    ]),
  },
  "a layer is empty": {
    plant: async (world) => {
      await world.driver.put(blobKey(ABSENT), Buffer.alloc(0));
      await world.driver.put(layerLinkKey(APP, ABSENT), Buffer.from(ABSENT));
    },
    found: [{ kind: "layer_without_bytes", place: `app@${ABSENT}` }],
  },
  "the repository has no link to a layer": {
    plant: ({ driver }) => driver.delete(layerLinkKey(APP, digestOf(LAYER))),
    found: [
      {
        kind: "manifest_incomplete",
        place: AT_IMAGE,
        detail: `the repository has no link to ${digestOf(LAYER)}`,
      },
    ],
  },
  "a manifest's bytes are others": {
    plant: ({ driver }) => driver.put(blobKey(ABSENT), Buffer.from("{}")).then(() => plantRevision(driver, ABSENT)),
    found: [{ kind: "manifest_damaged", place: `app@${ABSENT}` }],
  },
  "a manifest's bytes are gone": {
    plant: ({ driver }) => plantRevision(driver, ABSENT),
    found: [{ kind: "revision_without_bytes", place: `app@${ABSENT}` }],
  },
  "a tag means what is not there": {
    plant: ({ driver }) => driver.put(currentTagKey(APP, V1), Buffer.from(ABSENT)),
    found: [{ kind: "tag_dangling", place: "app:v1", detail: ABSENT }],
  },
  "a tag means what is no manifest of the repository": {
    plant: ({ driver }) => driver.delete(revisionLinkKey(APP, IMAGE_DIGEST)),
    found: ["latest", "v1", "v1.0"].map((tag) => ({ kind: "tag_dangling", place: `app:${tag}`, detail: IMAGE_DIGEST })),
  },
  "a tag has a past only": {
    plant: ({ driver }) => driver.delete(currentTagKey(APP, V1)),
    found: [{ kind: "tag_without_current", place: "app:v1" }],
  },
  "a link is empty": {
    plant: ({ driver }) => driver.put(currentTagKey(APP, V1), Buffer.alloc(0)),
    found: [{ kind: "link_damaged", place: currentTagKey(APP, V1), detail: "0 bytes" }],
  },
  "a link holds something else": {
    plant: ({ driver }) => driver.put(currentTagKey(APP, V1), Buffer.alloc(71, "x")),
    found: [{ kind: "link_damaged", place: currentTagKey(APP, V1) }],
  },
  "a repository has layers only": {
    plant: (world) => world.blob("ghost" as RepositoryName, LAYER),
    found: [{ kind: "repository_ghost", place: "ghost" }],
  },
  "a repository has manifests only": {
    plant: (world) => world.manifest("bare" as RepositoryName, indexManifest([]), "v1"),
    found: [{ kind: "repository_without_layers", place: "bare" }],
  },
  "a name has capitals": {
    plant: async (world) => {
      await world.blob("App" as RepositoryName, LAYER);
      await world.manifest("App" as RepositoryName, indexManifest([]), "-v1");
    },
    found: [
      { kind: "name_invalid", place: "App" },
      { kind: "tag_invalid", place: "App:-v1" },
    ],
  },
  "an index is not complete": {
    plant: (world) => world.manifest(APP, indexManifest([{ ...descriptorOf(IMAGE, "a/b"), digest: ABSENT }])),
    found: [
      {
        kind: "index_incomplete",
        place: `app@${digestOf(indexManifest([{ ...descriptorOf(IMAGE, "a/b"), digest: ABSENT }]))}`,
        detail: ABSENT,
      },
    ],
  },
  "a manifest is of schema 1": {
    plant: (world) =>
      world.manifest(APP, json({ schemaVersion: 1, fsLayers: [{ blobSum: digestOf(LAYER) }, { blobSum: "x" }] })),
    found: [
      {
        kind: "manifest_schema_1",
        place: `app@${digestOf(json({ schemaVersion: 1, fsLayers: [{ blobSum: digestOf(LAYER) }, { blobSum: "x" }] }))}`,
      },
    ],
  },
  "uploads of distribution are unfinished": {
    plant: async ({ driver }) => {
      for (const [name, bytes] of Object.entries({ "a/startedat": "now", "a/data": "12", "b/startedat": "now" })) {
        await driver.put(`${REPOSITORIES_PREFIX}app/_uploads/${name}`, Buffer.from(bytes));
      }
    },
    found: [{ kind: "upload_unfinished", place: "app", detail: "2, 8 bytes, the oldest of 2030-01-01T00:00:00.000Z" }],
  },
  "a multipart upload is of yesterday": {
    plant: async ({ driver, runtime }) => {
      await driver.multipart.create(blobKey(ABSENT));
      await runtime.advance(DAY + 1);
      await driver.multipart.create(`${REPOSITORIES_PREFIX}app/_uploads/new/data`);
    },
    found: [{ kind: "multipart_unfinished", place: blobKey(ABSENT), detail: "of 2030-01-01T00:00:00.000Z" }],
  },
};

function plantRevision(driver: World["driver"], digest: Digest) {
  return driver.put(revisionLinkKey(APP, digest), Buffer.from(digest));
}

test("a bucket without a fault", async () => {
  const { problems, ...seen } = await (await healthy()).look();
  assert.deepEqual(problems, []);
  assert.deepEqual(seen, { objects: 48, repositories: 4, manifests: 8, tags: 16, layers: 8, complete: true });
});

for (const [name, { plant, found }] of Object.entries(FAULTS)) {
  test(name, async () => {
    const world = await healthy();
    await plant(world);
    const { problems } = await world.look();
    assert.deepEqual(
      problems.map(({ kind, place, detail }) => (detail === undefined ? { kind, place } : { kind, place, detail })),
      [...found].sort((a, b) => (a.place < b.place ? -1 : 1)),
    );
  });
}

test("sha512 as distribution keeps it is no fault", async () => {
  const world = await healthy();
  const sha512 = digestOf(LAYER, "sha512");
  await world.driver.put(layerLinkKey(APP, sha512), Buffer.from(digestOf(LAYER)));
  assert.deepEqual((await world.look()).problems, []);
});

test("layers that are elsewhere are no fault", async () => {
  const world = await healthy();
  const layers = [{ ...descriptorOf(Buffer.from("far away"), "a/b"), urls: ["https://example.com/layer"] }];
  await world.manifest(APP, imageManifest({ config: CONFIG, fields: { layers } }));
  assert.deepEqual((await world.look()).problems, []);
});

test("a limit ends the walk, and finds no fault in what was cut off", async () => {
  const world = await healthy();
  for (let most = 1; most < 48; most++) {
    const { problems, objects, complete } = await world.look(most);
    assert.deepEqual({ problems, objects, complete }, { problems: [], objects: most, complete: false });
  }
});

test("nothing is written", async () => {
  const world = await healthy();
  const refuse = () => Promise.reject(new Error("a write"));
  const driver = { ...world.driver, put: refuse, delete: refuse, deleteMany: refuse, copy: refuse };
  await inspect({ driver, runtime: world.runtime }, { mostObjects: 1000, report: () => {} });
});

test("an object that cannot be read is said, and the rest is looked at", async () => {
  const world = await healthy();
  await world.driver.delete(currentTagKey(APP, V1));
  const { DriverError } = await import("../../../drivers/errors.ts");
  const driver = {
    ...world.driver,
    get: async (key: string) => {
      if (key.includes("app-two/_manifests/tags/latest")) throw new DriverError("denied", "get", { key });
      return await world.driver.get(key);
    },
  };
  const problems: Problem[] = [];
  await inspect({ driver, runtime: world.runtime }, { mostObjects: 1000, report: (problem) => problems.push(problem) });
  assert.deepEqual(problems.map(({ kind }) => kind).sort(), ["tag_without_current", "unreadable"]);
});
