import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import { blobKey, revisionLinkKey } from "../../../src/registry/keys.ts";
import { createManifestContents } from "../../../src/registry/manifest-contents.ts";
import { bytesOf } from "../../support/bytes.ts";
import { indexManifest } from "../../support/registry-content.ts";
import { openRegistry } from "../../support/registry-world.ts";

/** Tells how many bytes were read into memory. */
function measured(driver: StorageDriver) {
  let bytesRead = 0;
  const watched: StorageDriver = {
    ...driver,
    async get(key, options) {
      const body = await driver.get(key, options);
      const bytes = async () => {
        bytesRead += body.info.size;
        return await body.bytes();
      };
      return {
        info: body.info,
        range: body.range,
        bytes,
        stream: body.stream,
        sendTo: body.sendTo,
        discard: body.discard,
      };
    },
  };
  return { driver: watched, bytesRead: () => bytesRead };
}

test("whoever asks for the manifest of a layer's digest does not fill the memory", async () => {
  const memory = createMemoryDriver();
  const layer = bytesOf(1_000_000);
  await memory.put(blobKey(digestOf(layer)), layer);
  const { driver, bytesRead } = measured(memory);
  const { registry } = openRegistry(driver);
  const reference = { kind: "digest", digest: digestOf(layer) } as const;
  await assert.rejects(registry.manifests.get(parseRepositoryName("a"), reference), { kind: "manifest_unknown" });
  assert.equal(bytesRead(), 0);
});

test("a large manifest is served all the same", async () => {
  const driver = createMemoryDriver();
  const bytes = indexManifest([], { filler: "x".repeat(1_000_000) });
  const digest = digestOf(bytes);
  await driver.put(blobKey(digest), bytes);
  await driver.put(revisionLinkKey(parseRepositoryName("a"), digest), Buffer.from(digest));
  const { registry } = openRegistry(driver);
  const found = await registry.manifests.get(parseRepositoryName("a"), { kind: "digest", digest });
  assert.ok(found.bytes.equals(bytes));
});

test("what is no manifest is none", async () => {
  const driver = createMemoryDriver();
  for (const bytes of [Buffer.from("nonsense"), Buffer.from("[]"), Buffer.alloc(0)]) {
    await driver.put(blobKey(digestOf(bytes)), bytes);
    const contents = createManifestContents(driver);
    assert.equal(await contents.read(digestOf(bytes)), undefined);
    assert.equal(await contents.guess(digestOf(bytes)), undefined);
  }
});

test("a manifest that the store shortens, changes or mixes up is an error, and is not kept", async () => {
  const memory = createMemoryDriver();
  const bytes = indexManifest([], { filler: "x".repeat(1000) });
  const digest = digestOf(bytes);
  const repository = parseRepositoryName("a");
  await memory.put(revisionLinkKey(repository, digest), Buffer.from(digest));
  const { registry } = openRegistry(memory);
  const read = () => registry.manifests.get(repository, { kind: "digest", digest });
  const changed = Buffer.from(bytes);
  changed[changed.length - 10] = 0x79;
  for (const lie of [
    bytes.subarray(0, 500),
    Buffer.alloc(0),
    Buffer.concat([bytes, Buffer.from(" ")]),
    changed,
    indexManifest([]),
  ]) {
    await memory.put(blobKey(digest), lie);
    await assert.rejects(read(), { name: "DriverError", kind: "unexpected", message: /another digest/ });
  }
  await memory.put(blobKey(digest), bytes);
  assert.ok((await read()).bytes.equals(bytes));
});
