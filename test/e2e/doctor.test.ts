/** What the doctor says of directories that CNCF distribution has really written, and of Debian's own configuration. */
import assert from "node:assert/strict";
import { readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "./support/directories.ts";
import { DISTRIBUTIONS, startDistribution } from "./support/distribution.ts";
import { bucketFindings, doctor } from "./support/doctor.ts";
import { useRegistry } from "./support/doctored.ts";
import { createImageMaker } from "./support/images.ts";
import { startMoorage } from "./support/moorage.ts";
import { pushImage } from "./support/push.ts";
import { missing } from "./support/tools.ts";

const REPOSITORIES = "docker/registry/v2/repositories";

const blobOf = (digest: string) => {
  const hex = digest.slice("sha256:".length);
  return `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
};

/** Everything that is there, with its size and when it was changed. */
async function everythingIn(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const lines = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(directory, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return await Promise.all(lines);
}

async function configurationFor(directory: string): Promise<string> {
  const file = join(temporaryDirectory(), "config.yml");
  await writeFile(
    file,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}}, delete: {enabled: true}}\n`,
  );
  return file;
}

for (const distribution of DISTRIBUTIONS) {
  const skip = missing(distribution);
  test(`a directory that ${distribution} wrote`, { skip }, async (t) => {
    const directory = temporaryDirectory();
    const theirs = await startDistribution(t, distribution, directory);
    const { image, expected } = await useRegistry(theirs.url);
    const file = await configurationFor(directory);

    await t.test("is not broken, and stays as it is", async () => {
      const before = await everythingIn(directory);
      const healthy = await doctor(file);
      assert.equal(healthy.end, "exit 0", JSON.stringify(healthy.findings, undefined, 2));
      assert.deepEqual(bucketFindings(healthy), expected);
      assert.deepEqual({ ...healthy.seen, objects: 0 }, { ...SEEN, objects: 0 });
      assert.deepEqual(await everythingIn(directory), before);
    });

    await t.test("is served here as the doctor said", async (child) => {
      const ours = await startMoorage(child, { directory });
      const catalogue = await (await fetch(`${ours.url}/v2/_catalog`)).json();
      assert.deepEqual(catalogue, { repositories: ["a/0", "app", "app-two", "app/nested"] });
    });

    await t.test("is broken as it was broken", async () => {
      const [, layer] = image.parts;
      assert.ok(layer);
      await truncate(join(directory, blobOf(layer.descriptor.digest)), 0); // what a machine that lost power leaves
      await rm(join(directory, REPOSITORIES, "app-two/_manifests/tags/v1/current/link"));
      await truncate(join(directory, REPOSITORIES, "app/_manifests/tags/docker/current/link"), 0);
      const { end, findings } = await doctor(file);
      assert.equal(end, "exit 1");
      const isAboutIt = ({ severity, what }: (typeof findings)[number]) =>
        severity === "broken" || what.endsWith("without bytes");
      const found = bucketFindings({ findings: findings.filter(isAboutIt) });
      const places = ["a/0", "app", "app-two", "app/nested"];
      const at = (digest: string) =>
        places
          .map((name) => `${name}@${digest}`)
          .sort()
          .join();
      assert.deepEqual(found.sort(), [
        `broken images of which something is missing: ${at(image.descriptor.digest)}`,
        `broken links that hold no digest: ${REPOSITORIES}/app/_manifests/tags/docker/current/link`,
        "broken tags with a history and no current manifest: they are listed, and cannot be pulled: app-two:v1",
        `note links to blobs without bytes: ${at(layer.descriptor.digest)}`,
      ]);
    });
  });
}

/** What `useRegistry` pushes: an index has an image of its own, and app has one more. */
const SEEN = { objects: 0, repositories: 6, manifests: 17, tags: 12, layers: 43, complete: true };

test("distribution 3 gives up its garbage collection where the doctor says so", {
  skip: missing("registry"),
}, async (t) => {
  const directory = temporaryDirectory();
  const theirs = await startDistribution(t, "registry", directory);
  const maker = createImageMaker("bare");
  await pushImage(theirs.url, "full", maker.image(), "v1");
  await theirs.garbageCollect({ dryRun: true });
  await pushImage(theirs.url, "bare", maker.index([]), "v1");
  await assert.rejects(theirs.garbageCollect({ dryRun: true }));
  assert.deepEqual(bucketFindings(await doctor(await configurationFor(directory))), [
    "note repositories with manifests and no layers: the garbage collection of distribution 3.1 stops at them: bare",
  ]);
});

test("Debian's configuration, as its package installs it", { skip: missing("docker-registry") }, async (t) => {
  const directory = temporaryDirectory();
  const passwords = join(temporaryDirectory(), "passwords");
  await writeFile(passwords, "");
  const theirs = await startDistribution(t, "docker-registry", directory);
  await pushImage(theirs.url, "app", createImageMaker("debian").image(), "v1");
  const file = "/etc/docker/registry/config.yml";
  const env = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: directory };

  const asItIs = await doctor(file, { env });
  assert.equal(asItIs.end, "exit 1");
  const broken = asItIs.findings.filter(({ severity }) => severity === "broken").map(({ what }) => what);
  // It names a directory where the file with the passwords ought to be.
  assert.equal(broken.length, 1);
  assert.match(broken[0] ?? "", /^cannot use the passwords in \/etc\/docker\/registry \(auth\.htpasswd\.path\)/);

  const corrected = await doctor(file, { env: { ...env, REGISTRY_AUTH_HTPASSWD_PATH: passwords } });
  assert.equal(corrected.end, "exit 0", JSON.stringify(corrected.findings, undefined, 2));
  assert.deepEqual(bucketFindings(corrected), []);
  assert.ok(corrected.findings.some(({ what }) => what.startsWith("health ")));
});
