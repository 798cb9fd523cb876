/** Directories that a write or a removal has left when it stopped half-way: nothing is in them, and nothing is told of them. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openDriver } from "../../../drivers/open.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName, parseTag } from "../../../src/oci/names.ts";
import { currentTagKey, layerLinkKey, REPOSITORIES_PREFIX, revisionLinkKey } from "../../../src/registry/keys.ts";
import { createRepositoryStore } from "../../../src/registry/repositories.ts";
import { openRegistry } from "../../support/registry-world.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const DIGEST = digestOf(Buffer.alloc(0));
const LINK = Buffer.from(DIGEST);

test("neither a repository nor a tag is told of which only directories are left", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  const named = parseRepositoryName;
  for (const key of [
    currentTagKey(named("tagged"), parseTag("v1")),
    revisionLinkKey(named("untagged"), DIGEST),
    currentTagKey(named("half"), parseTag("v1")),
    currentTagKey(named("parent/child"), parseTag("v1")),
    layerLinkKey(named("layers"), DIGEST),
  ])
    await driver.put(key, LINK);
  for (const empty of [
    "half/_manifests/tags/old/current",
    "tagged/_manifests/tags/v2/index/sha256",
    "untagged/_manifests/tags/v1/current",
    "nothing",
    "parent/nothing/_manifests/tags",
    "layers/_manifests/revisions/sha256",
    "tags-only/_manifests/tags/v1/current",
  ])
    await mkdir(join(directory.path, REPOSITORIES_PREFIX, empty), { recursive: true });

  const { list, walk } = createRepositoryStore({ driver });
  const repositories = ["half", "parent/child", "tagged", "untagged"];
  assert.deepEqual((await list({ limit: 100 })).entries, repositories);
  assert.deepEqual(await Array.fromAsync(walk()), repositories);
  assert.deepEqual(await Array.fromAsync(walk({ holding: "_uploads" })), []);
  const { registry } = openRegistry(driver);
  for (const [name, tags] of [
    ["half", ["v1"]],
    ["tagged", ["v1"]],
    ["untagged", []],
  ] as const)
    assert.deepEqual((await registry.tags.list(named(name), { limit: 100 })).entries, tags);
});
