/** CNCF distribution's garbage collection gets through what was written here, and takes nothing that it could read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestsOf, registrySource } from "./support/content.ts";
import { DISTRIBUTIONS, startDistribution } from "./support/distribution.ts";
import { contentOf, createImageMaker, type Image, manifestOf } from "./support/images.ts";
import { contentsOf } from "./support/layouts.ts";
import { startMoorage } from "./support/moorage.ts";
import { deleteManifest, pushBlob, pushImage, pushManifest } from "./support/push.ts";
import { missing } from "./support/tools.ts";

const ARM64 = { os: "linux", architecture: "arm64" } as const;

/** Manifests that distribution reads, each in its own shape. */
function readableImages(): Record<string, Image> {
  const maker = createImageMaker("readable");
  const base = maker.image();
  const subject = { subject: base.descriptor };
  const nested = maker.index([maker.index([base]), base]);
  return {
    base,
    nested,
    docker: maker.image({ format: "docker" }),
    list: maker.index([maker.image({ format: "docker" })], { format: "docker" }),
    index: maker.index([base, maker.image({ platform: ARM64 })]),
    "without-media-type": maker.image({ fields: { mediaType: undefined } }),
    "index-without-media-type": maker.index([maker.image()], { fields: { mediaType: undefined } }),
    "without-layers": maker.image({ layers: [] }),
    "layers-null": maker.image({ layers: [], fields: { layers: null } }),
    "empty-index": maker.index([]),
    referrer: maker.image({ fields: { ...subject, artifactType: "application/vnd.example.sbom" } }),
    "referrer-index": maker.index([base], { fields: { ...subject, artifactType: "application/vnd.example.list" } }),
    "subject-missing": maker.image({ fields: { subject: maker.image().descriptor } }),
    "other-fields": maker.image({ fields: { annotations: { a: "b" }, "org.example": { score: 0.5 }, extra: [1e3] } }),
    [base.descriptor.digest.replace(":", "-")]: maker.index([base]),
  };
}

/**
 * One with all of them, and one for each, so that none is found only because another has it. Not for an empty index: over
 * a repository without any layers distribution 3 gives up, even if it was the one to write it.
 */
function repositoriesOf(tag: string): string[] {
  return tag === "empty-index" ? ["readable/all"] : ["readable/all", `readable/${tag}`];
}

/** Content under sha512, which distribution cannot push but reads. */
function sha512Image(): Image {
  const maker = createImageMaker("sha512");
  const algorithm = "sha512";
  return maker.index([maker.image({ algorithm, layers: [maker.layer({ algorithm })] })], { algorithm });
}

const blob = contentOf("text/plain", Buffer.from("a blob of a manifest that distribution does not know"));

const EXAMPLE = "application/vnd.example+json";
const ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";

/** What is a manifest here, and nothing that distribution could read. */
const foreignManifests = {
  "no-schema-version": manifestOf(EXAMPLE, { mediaType: EXAMPLE }),
  "other-media-type": manifestOf(EXAMPLE, { schemaVersion: 2, mediaType: EXAMPLE, blobs: [] }),
  artifact: manifestOf(ARTIFACT, { mediaType: ARTIFACT, artifactType: EXAMPLE, blobs: [blob.descriptor] }),
};

/** Images by their JSON, with `LAYER` for a layer's descriptor: accepted here, and each a stumbling block for Go's decoder. */
const STUMBLING_BLOCKS: readonly string[] = [
  '"layers":[LAYER],"annotations":{},"Annotations":1',
  '"layers":[LAYER],"MediaType":"text/plain"',
  '"layers":[LAYER],"SchemaVersion":3',
  '"layers":[LAYER],"layerſ":[]',
  '"layers":[{"size":1e3,"digest":DIGEST}]',
  '"layers":[{"annotations":{"a":1},"digest":DIGEST}]',
  '"layers":[{"platform":{"os.features":"a"},"digest":DIGEST}]',
  '"layers":[{"data":"%","digest":DIGEST}]',
  '"layers":[{"digest":DIGEST,"Digest":"sha256:"}]',
  `"layers":[LAYER],"other":${"[".repeat(10_001)}${"]".repeat(10_001)}`,
];

for (const distribution of DISTRIBUTIONS) {
  test(`${distribution}'s garbage collection`, { skip: missing(distribution) }, async (t) => {
    const ours = await startMoorage(t);
    const theirs = await startDistribution(t, distribution, ours.directory);
    const readable = readableImages();
    const needed = new Set<string>();
    const need = (image: Image) => {
      for (const { descriptor } of contentsOf(image)) needed.add(descriptor.digest);
    };

    for (const [tag, image] of Object.entries(readable)) {
      for (const repository of repositoriesOf(tag)) await pushImage(ours.url, repository, image, tag);
      need(image);
    }
    await pushImage(ours.url, "sha512", sha512Image());
    need(sha512Image());
    for (const [tag, manifest] of Object.entries(foreignManifests)) {
      await pushBlob(ours.url, "foreign", blob);
      await pushManifest(ours.url, "foreign", manifest, tag);
    }
    const maker = createImageMaker("garbage");
    const garbage = maker.image();
    await pushImage(ours.url, "emptied", garbage, "gone");
    await deleteManifest(ours.url, "emptied", garbage.descriptor.digest);

    await t.test("a dry run marks all that is needed", async () => {
      const { marked, deleted, output } = await theirs.garbageCollect({ dryRun: true });
      assert.deepEqual(
        [...needed].filter((digest) => !marked.has(digest)),
        [],
        output,
      );
      assert.deepEqual(
        [...needed].filter((digest) => deleted.has(digest)),
        [],
        output,
      );
      assert.ok(deleted.has(garbage.descriptor.digest), output);
    });

    await t.test("after a real run everything is pulled from both", async () => {
      await theirs.garbageCollect();
      for (const [tag, image] of Object.entries(readable)) {
        const expected = [...new Set(contentsOf(image).map(({ descriptor }) => descriptor.digest))].sort();
        for (const { url } of [ours, theirs]) {
          for (const repository of repositoriesOf(tag)) {
            assert.deepEqual(
              await digestsOf(registrySource(url, repository), tag),
              expected,
              `${repository} of ${url}`,
            );
          }
        }
      }
      for (const { url } of [ours, theirs]) {
        await digestsOf(registrySource(url, "sha512"), sha512Image().descriptor.digest);
      }
    });

    await t.test("manifests that could stop it do not", async () => {
      const base = maker.image();
      await pushImage(ours.url, "stumble", base, "base");
      const [config, layer] = base.parts.map(({ descriptor }) => descriptor);
      for (const [n, rest] of STUMBLING_BLOCKS.entries()) {
        const filled = rest.replace("LAYER", JSON.stringify(layer)).replace("DIGEST", JSON.stringify(layer?.digest));
        const { mediaType } = base.descriptor;
        const text = `{"schemaVersion":2,"mediaType":"${mediaType}","config":${JSON.stringify(config)},${filled}}`;
        await pushManifest(ours.url, "stumble", contentOf(mediaType, Buffer.from(text)), `n${n}`);
      }
      const { marked } = await theirs.garbageCollect({ dryRun: true });
      for (const { descriptor } of contentsOf(base)) assert.ok(marked.has(descriptor.digest));
    });
  });
}
