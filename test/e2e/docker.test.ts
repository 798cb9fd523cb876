/** The Docker daemon: what it pushes and pulls, what it skips, and how it goes on when the registry dies under it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { digestsOf, registrySource } from "./support/content.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { dockerMissing, startDocker } from "./support/docker.ts";
import { createImageMaker, type Image, type Layer } from "./support/images.ts";
import { imageId, writeDockerArchive, writeLayout } from "./support/layouts.ts";
import { startMoorage } from "./support/moorage.ts";
import { run, start } from "./support/programs.ts";
import { toolPath } from "./support/tools.ts";
import { until } from "./support/until.ts";
import { bytesBelow } from "./support/usage.ts";

const MEBIBYTE = 1024 * 1024;

test("docker", { skip: dockerMissing("skopeo"), timeout: 300_000 }, async (t) => {
  const registry = await startMoorage(t);
  const docker = await startDocker(t);
  t.diagnostic(await docker("version", "--format", "client {{.Client.Version}}, server {{.Server.Version}}"));
  const maker = createImageMaker("docker");
  const directory = temporaryDirectory();

  async function load(images: readonly { image: Image; layers: readonly Layer[]; tags: readonly string[] }[]) {
    const archive = join(directory, "archive.tar");
    await writeDockerArchive(archive, images);
    await docker("load", "--input", archive);
  }

  const idOf = (name: string) => docker("image", "inspect", "--format", "{{.Id}}", name);
  const pushedDigest = (output: string) => /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? assert.fail(output);
  const timesIn = (output: string, words: string) => output.split(words).length - 1;

  const name = `${registry.host}/one/app`;
  const layers = [maker.layer(), maker.layer({ size: 100_000 }), maker.layer({ size: 32 * MEBIBYTE }), maker.layer()];
  const image = maker.image({ layers });
  await load([{ image, layers, tags: [`${name}:v1`] }]);
  let digest = "";

  await t.test("push, and pull by tag and by digest", async () => {
    digest = pushedDigest(await docker("push", `${name}:v1`));
    for (const reference of [`${name}:v1`, `${name}@${digest}`]) {
      await docker("rmi", "--force", imageId(image));
      await docker("pull", reference);
      assert.equal(await idOf(reference), imageId(image));
    }
  });

  await t.test("push again: every layer is there", async () => {
    await docker("tag", imageId(image), `${name}:v2`);
    const output = await docker("push", `${name}:v2`);
    assert.equal(timesIn(output, "Layer already exists"), layers.length, output);
    assert.equal(pushedDigest(output), digest);
  });

  await t.test("push to another repository: every layer is mounted", async () => {
    const other = `${registry.host}/two/app:v1`;
    await docker("tag", imageId(image), other);
    const output = await docker("push", other);
    assert.equal(timesIn(output, "Mounted from one/app"), layers.length, output);
    assert.equal(pushedDigest(output), digest);
    assert.equal((await digestsOf(registrySource(registry.url, "two/app"), "v1")).length, layers.length + 2);
  });

  await t.test("push after everything was deleted", async () => {
    const digests = await digestsOf(registrySource(registry.url, "one/app"), digest);
    for (const each of digests) {
      const kind = each === digest ? "manifests" : "blobs";
      const response = await fetch(`${registry.url}/v2/one/app/${kind}/${each}`, { method: "DELETE" });
      assert.equal(response.status, 202, `${kind} ${each}`);
    }
    await assert.rejects(docker("pull", `${name}:v2`), /not found|manifest unknown/);
    assert.equal(pushedDigest(await docker("push", `${name}:v2`)), digest);
    assert.deepEqual(await digestsOf(registrySource(registry.url, "one/app"), "v2"), digests);
  });

  await t.test("20 pushes at once of images that share layers", async () => {
    const shared = [maker.layer({ size: 3 * MEBIBYTE }), maker.layer({ size: MEBIBYTE })];
    const images = Array.from({ length: 20 }, (_, n) => {
      const own = [...shared, maker.layer()];
      return { image: maker.image({ layers: own }), layers: own, tags: [`${registry.host}/parallel/${n % 4}:v${n}`] };
    });
    await load(images);
    const digests = await Promise.all(
      images.map(async ({ tags: [tag = ""] }) => pushedDigest(await docker("push", tag))),
    );
    for (const [n, digest] of digests.entries()) {
      const found = await digestsOf(registrySource(registry.url, `parallel/${n % 4}`), `v${n}`);
      assert.equal(found.length, 5);
      assert.ok(found.includes(digest));
    }
    await docker("rmi", ...images.flatMap(({ tags }) => tags));
    await docker("pull", "--quiet", "--all-tags", `${registry.host}/parallel/0`);
    assert.equal(await idOf(`${registry.host}/parallel/0:v4`), imageId(images[4]?.image ?? assert.fail()));
  });

  await t.test("pull from an index: the image of the platform", async () => {
    const amd64 = maker.image();
    const arm64 = maker.image({ platform: { os: "linux", architecture: "arm64" } });
    const layout = join(directory, "layout");
    await writeLayout(layout, { multi: maker.index([amd64, arm64]) });
    const target = `${registry.host}/multi`;
    await run(toolPath("skopeo"), [
      ...["copy", "--all", "--insecure-policy", "--dest-tls-verify=false"],
      ...[`oci:${layout}:multi`, `docker://${target}:v1`],
    ]);
    await docker("pull", "--platform", "linux/amd64", `${target}:v1`);
    assert.equal(await idOf(`${target}:v1`), imageId(amd64));
    await docker("pull", "--platform", "linux/arm64", `${target}:v1`);
    assert.equal(await idOf(`${target}:v1`), imageId(arm64));
  });

  for (const interruption of ["client", "registry"] as const) {
    await t.test(`a push goes on after the ${interruption} was killed in the middle of a layer`, async () => {
      const tag = `${registry.host}/interrupted/${interruption}:v1`;
      const layers = [maker.layer(), maker.layer({ size: 120 * MEBIBYTE })];
      const image = maker.image({ layers });
      await load([{ image, layers, tags: [tag] }]);

      const [program, ...args] = docker.command;
      const before = await bytesBelow(join(registry.directory, "moorage"));
      const push = start(program, [...args, "push", tag], docker.options);
      await until("part of the layer is in the store", async () => {
        assert.ok(!push.hasEnded, `the push was over too soon\n${push.stdout()}${push.stderr()}`);
        return (await bytesBelow(join(registry.directory, "moorage"))) > before + 8 * MEBIBYTE;
      });
      if (interruption === "registry") {
        await registry.kill();
        await registry.restart();
        assert.equal(await push.ended, "exit 0", push.stdout() + push.stderr());
        assert.match(push.stdout(), /Retrying/);
      } else {
        push.signal("SIGKILL");
        await push.ended;
        await docker("push", tag);
      }
      await docker("rmi", "--force", imageId(image));
      await docker("pull", tag);
      assert.equal(await idOf(tag), imageId(image));
    });
  }
});
