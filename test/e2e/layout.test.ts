/** One directory, two registries: what CNCF distribution wrote is served here, and what was written here is served there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "./support/clients.ts";
import { digestsOf, registrySource } from "./support/content.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { DISTRIBUTIONS, startDistribution } from "./support/distribution.ts";
import { createImageMaker } from "./support/images.ts";
import { writeLayout } from "./support/layouts.ts";
import { startMoorage } from "./support/moorage.ts";
import { deleteManifest, pushImage } from "./support/push.ts";
import { missing } from "./support/tools.ts";
import { viewOf } from "./support/view.ts";

const ARM64 = { os: "linux", architecture: "arm64" } as const;

for (const distribution of DISTRIBUTIONS) {
  test(`what ${distribution} wrote is served here`, { skip: missing(distribution, "skopeo", "crane") }, async (t) => {
    const directory = temporaryDirectory();
    const theirs = await startDistribution(t, distribution, directory);
    const maker = createImageMaker("theirs");
    const layout = join(temporaryDirectory(), "layout");
    const images = {
      oci: maker.image(),
      zstd: maker.image({ layers: [maker.layer({ compression: "zstd" })] }),
      index: maker.index([maker.image(), maker.image({ platform: ARM64 })]),
      docker: maker.image({ format: "docker" }),
      list: maker.index([maker.image({ format: "docker" }), maker.image({ format: "docker", platform: ARM64 })], {
        format: "docker",
      }),
    };
    await writeLayout(layout, images);
    const skopeo = createClient("skopeo");
    for (const repository of ["library/app", "library/app/nested", "library-two", "a", "a0/b", "a/b"]) {
      for (const tag of ["oci", "zstd", "index"]) {
        const target = `docker://${theirs.host}/${repository}:${tag}`;
        await skopeo("copy", "--all", "--insecure-policy", "--dest-tls-verify=false", `oci:${layout}:${tag}`, target);
      }
    }
    const crane = createClient("crane");
    for (const tag of ["v1", "v1.0", "v10", "v2", "V2"]) {
      await crane("copy", `${theirs.host}/library/app:oci`, `${theirs.host}/library/tags:${tag}`);
    }
    await crane("tag", `${theirs.host}/library/app:oci`, "zstd");
    await pushImage(theirs.url, "docker/app", images.docker, "image");
    await pushImage(theirs.url, "docker/app", images.list, "list");
    await deleteManifest(theirs.url, "a/b", images.index.descriptor.digest);
    await deleteManifest(theirs.url, "a0/b", images.oci.descriptor.digest);

    const ours = await startMoorage(t, { directory });
    const view = await viewOf(ours.url);
    assert.deepEqual(view, await viewOf(theirs.url));
    assert.equal(view.catalog.length, 8);
    assert.equal(view.repositories["docker/app"]?.list?.digest, images.list.descriptor.digest);
    t.diagnostic(`${view.catalog.length} repositories`);
  });

  test(`what was written here is served by ${distribution}`, { skip: missing(distribution) }, async (t) => {
    const ours = await startMoorage(t);
    const maker = createImageMaker("ours");
    const shared = maker.layer({ size: 100_000 });
    const image = maker.image({ layers: [shared, maker.layer()] });
    const index = maker.index([image, maker.image({ platform: ARM64, layers: [shared] })]);
    await pushImage(ours.url, "app", image, "v1");
    await pushImage(ours.url, "app", index, "index");
    await pushImage(ours.url, "app", maker.image({ format: "docker" }), "docker");
    await pushImage(ours.url, "app/nested", image, "moved");
    await pushImage(ours.url, "app/nested", index, "moved");
    await pushImage(ours.url, "other", image, "deleted-by-tag");
    await pushImage(ours.url, "other", maker.image(), "kept");
    await deleteManifest(ours.url, "other", "deleted-by-tag");
    const deleted = maker.image();
    await pushImage(ours.url, "other", deleted, "deleted-by-digest");
    await deleteManifest(ours.url, "other", deleted.descriptor.digest);

    const theirs = await startDistribution(t, distribution, ours.directory);
    const view = await viewOf(theirs.url);
    assert.deepEqual(view, await viewOf(ours.url));
    assert.deepEqual(Object.keys(view.repositories.other ?? {}), ["kept"]);
    assert.equal(view.repositories["app/nested"]?.moved?.digest, index.descriptor.digest);
  });

  test(`pushes alternate between here and ${distribution}`, { skip: missing(distribution) }, async (t) => {
    const ours = await startMoorage(t);
    const theirs = await startDistribution(t, distribution, ours.directory);
    const maker = createImageMaker("alternating");
    const shared = maker.layer({ size: 200_000 });
    for (let n = 0; n < 12; n++) {
      const { url } = n % 2 === 0 ? ours : theirs;
      const image = maker.image({ layers: [shared, maker.layer()] });
      await pushImage(url, `alternating/${n % 3}`, image, `v${n}`);
      await pushImage(url, "alternating/0", image, "latest");
      if (n % 4 === 3) await deleteManifest(url, "alternating/0", image.descriptor.digest);
      assert.deepEqual(await viewOf(ours.url), await viewOf(theirs.url));
    }
    assert.ok((await digestsOf(registrySource(ours.url, "alternating/1"), "v7")).includes(shared.descriptor.digest));
  });
}
