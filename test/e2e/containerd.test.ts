/** containerd, as Kubernetes and newer Dockers have it below them: it knows a blob's digest before it sends the bytes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startContainerd } from "./support/containerd.ts";
import { digestsOf, layoutSource, registrySource } from "./support/content.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { createImageMaker } from "./support/images.ts";
import { writeLayout } from "./support/layouts.ts";
import { startMoorage } from "./support/moorage.ts";
import { run } from "./support/programs.ts";
import { missing } from "./support/tools.ts";

const MEBIBYTE = 1024 * 1024;

test("containerd pushes an index, and pulls it", { skip: missing("containerd", "ctr", "tar") }, async (t) => {
  const registry = await startMoorage(t);
  const { ctr, contentDirectory } = await startContainerd(t);
  t.diagnostic((await ctr("version")).replaceAll(/\s+/g, " "));
  const maker = createImageMaker("containerd");
  const layers = [maker.layer({ size: 20 * MEBIBYTE }), maker.layer({ compression: "zstd" })];
  const arm64 = maker.image({ platform: { os: "linux", architecture: "arm64" } });
  const index = maker.index([maker.image({ layers }), arm64]);

  const directory = temporaryDirectory();
  await writeLayout(join(directory, "layout"), { v1: index });
  const archive = join(directory, "layout.tar");
  await run("tar", ["-C", join(directory, "layout"), "-cf", archive, "."]);
  const name = `${registry.host}/containerd/app`;
  await ctr("images", "import", "--no-unpack", "--all-platforms", "--base-name", name, archive);
  await ctr("images", "push", "--plain-http", `${name}:v1`);
  const { digest } = index.descriptor;
  const pushed = await digestsOf(registrySource(registry.url, "containerd/app"), digest);
  assert.equal(pushed.length, 9);

  await ctr("images", "rm", "--sync", `${name}:v1`);
  assert.equal(await ctr("content", "ls", "--quiet"), "");
  await ctr("content", "fetch", "--plain-http", "--all-platforms", `${name}:v1`);
  assert.deepEqual(await digestsOf(layoutSource(contentDirectory), digest), pushed);

  await ctr("images", "pull", "--plain-http", "--snapshotter", "native", "--platform", "linux/amd64", `${name}:v1`);
});
