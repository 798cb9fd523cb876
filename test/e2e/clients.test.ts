/** Command line clients push and pull; what is pulled is byte for byte what was pushed. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createClient, createContainersClient } from "./support/clients.ts";
import { digestsOf, layoutSource, registrySource } from "./support/content.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { createImageMaker, digestOf } from "./support/images.ts";
import { imageId, readLayout, writeDockerArchive, writeLayout } from "./support/layouts.ts";
import { startMoorage } from "./support/moorage.ts";
import { createRandom } from "./support/random.ts";
import { missing } from "./support/tools.ts";

const ARM64 = { os: "linux", architecture: "arm64" } as const;
const MEBIBYTE = 1024 * 1024;

/** A layout with an image of each kind, and what each consists of. */
async function prepareImages(seed: string) {
  const maker = createImageMaker(seed);
  const large = maker.image({ layers: [maker.layer({ size: 12 * MEBIBYTE }), maker.layer()] });
  const images = {
    gzip: maker.image(),
    zstd: maker.image({ layers: [maker.layer({ compression: "zstd" })] }),
    uncompressed: maker.image({ layers: [maker.layer({ compression: "none", size: MEBIBYTE })] }),
    large,
    index: maker.index([large, maker.image({ platform: ARM64 })]),
  };
  const layout = join(temporaryDirectory(), "layout");
  await writeLayout(layout, images);
  const digests = (tag: keyof typeof images) => digestsOf(layoutSource(layout), images[tag].descriptor.digest);
  return { layout, images, tags: Object.keys(images) as (keyof typeof images)[], digests };
}

/** What lies in a layout that a client has pulled one image into. */
async function pulledDigests(layout: string): Promise<string[]> {
  const [root] = await readLayout(layout);
  return await digestsOf(layoutSource(layout), root?.digest ?? assert.fail("nothing was pulled"));
}

test("skopeo", { skip: missing("skopeo") }, async (t) => {
  const registry = await startMoorage(t);
  const { layout, images, tags, digests } = await prepareImages("skopeo");
  const client = createClient("skopeo");
  t.diagnostic(await client("--version"));
  const copy = (...args: readonly string[]) =>
    client("copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false", ...args);
  const exact = ["--all", "--preserve-digests"];
  const repository = `${registry.host}/skopeo/app`;

  for (const tag of tags) {
    await t.test(`copy ${tag} in and out`, async () => {
      await copy(...exact, `oci:${layout}:${tag}`, `docker://${repository}:${tag}`);
      assert.deepEqual(await digestsOf(registrySource(registry.url, "skopeo/app"), tag), await digests(tag));
      const pulled = temporaryDirectory();
      await copy(...exact, `docker://${repository}:${tag}`, `oci:${pulled}:${tag}`);
      assert.deepEqual(await pulledDigests(pulled), await digests(tag));
    });
  }

  await t.test("convert to Docker's media types", async () => {
    await copy("--format", "v2s2", `oci:${layout}:gzip`, `docker://${repository}:docker`);
    const raw = await client("inspect", "--tls-verify=false", "--raw", `docker://${repository}:docker`);
    assert.equal(JSON.parse(raw).mediaType, "application/vnd.docker.distribution.manifest.v2+json");
    await digestsOf(registrySource(registry.url, "skopeo/app"), "docker");
  });

  await t.test("copy to another repository", async () => {
    const target = `docker://${registry.host}/skopeo/other:index`;
    await copy(...exact, `docker://${repository}@${images.index.descriptor.digest}`, target);
    assert.deepEqual(await digestsOf(registrySource(registry.url, "skopeo/other"), "index"), await digests("index"));
  });

  await t.test("inspect, list tags, delete", async () => {
    const inspected = JSON.parse(await client("inspect", "--tls-verify=false", `docker://${repository}:zstd`));
    assert.equal(inspected.Digest, images.zstd.descriptor.digest);
    const listed = JSON.parse(await client("list-tags", "--tls-verify=false", `docker://${repository}`));
    assert.deepEqual(listed.Tags.toSorted(), [...tags, "docker"].toSorted());
    await client("delete", "--tls-verify=false", `docker://${repository}:zstd`);
    await assert.rejects(client("inspect", "--tls-verify=false", `docker://${repository}:zstd`), /manifest unknown/);
  });
});

test("podman and buildah", { skip: missing("podman", "buildah", "skopeo") }, async (t) => {
  const registry = await startMoorage(t);
  const { layout, images } = await prepareImages("podman");
  const podman = createContainersClient("podman");
  t.diagnostic(await podman("--version"));
  const repository = `${registry.host}/podman/app`;
  const inspect = (name: string) => podman("image", "inspect", "--format", "{{.Digest}} sha256:{{.Id}}", name);

  await t.test("podman pushes and pulls", async () => {
    const maker = createImageMaker("podman load");
    const layers = [maker.layer({ size: 12 * MEBIBYTE }), maker.layer()];
    const image = maker.image({ layers, format: "docker" });
    const directory = temporaryDirectory();
    await writeDockerArchive(join(directory, "archive.tar"), [{ image, layers, tags: [`${repository}:v1`] }]);
    await podman("load", "--quiet", "--input", join(directory, "archive.tar"));
    const digestFile = join(directory, "digest");
    await podman("push", "--quiet", "--tls-verify=false", "--digestfile", digestFile, `${repository}:v1`);
    const digest = await readFile(digestFile, "utf8");
    await digestsOf(registrySource(registry.url, "podman/app"), digest);

    await podman("rmi", "--force", `${repository}:v1`);
    await podman("pull", "--quiet", "--tls-verify=false", `${repository}:v1`);
    assert.equal(await inspect(`${repository}:v1`), `${digest} ${imageId(image)}`);
  });

  await t.test("podman pulls a zstd image as it was pushed", async () => {
    const from = ["--insecure-policy", "--preserve-digests", `oci:${layout}:zstd`];
    await createClient("skopeo")("copy", "--dest-tls-verify=false", ...from, `docker://${repository}:zstd`);
    await podman("pull", "--quiet", "--tls-verify=false", `${repository}:zstd`);
    assert.equal(await inspect(`${repository}:zstd`), `${images.zstd.descriptor.digest} ${imageId(images.zstd)}`);
  });

  await t.test("buildah builds and pushes, podman pulls", async () => {
    const buildah = createContainersClient("buildah");
    const file = join(temporaryDirectory(), "file");
    await writeFile(file, createRandom("buildah").bytes(3 * MEBIBYTE));
    const container = await buildah("from", "scratch");
    await buildah("copy", "--quiet", container, file, "/file");
    const id = await buildah("commit", "--quiet", container, "built");
    const target = `${registry.host}/buildah/app:v1`;
    await buildah("push", "--quiet", "--tls-verify=false", "built", `docker://${target}`);
    await digestsOf(registrySource(registry.url, "buildah/app"), "v1");
    await podman("pull", "--quiet", "--tls-verify=false", target);
    assert.equal((await inspect(target)).split(" ")[1], `sha256:${id}`);
  });
});

test("crane", { skip: missing("crane") }, async (t) => {
  const registry = await startMoorage(t);
  const { images, digests } = await prepareImages("crane");
  const crane = createClient("crane");
  t.diagnostic(await crane("version"));
  const repository = `${registry.host}/crane/app`;

  for (const tag of ["gzip", "zstd", "uncompressed", "large", "index"] as const) {
    await t.test(`push and pull ${tag}`, async () => {
      const single = temporaryDirectory();
      await writeLayout(single, { [tag]: images[tag] });
      await crane("push", single, `${repository}:${tag}`);
      assert.deepEqual(await digestsOf(registrySource(registry.url, "crane/app"), tag), await digests(tag));
      const pulled = join(temporaryDirectory(), "pulled");
      await crane("pull", "--format=oci", `${repository}:${tag}`, pulled);
      assert.deepEqual(await pulledDigests(pulled), await digests(tag));
    });
  }

  await t.test("copy, list, digest, manifest, catalog", async () => {
    await crane("copy", `${repository}:index`, `${registry.host}/crane/copy:index`);
    assert.deepEqual(await digestsOf(registrySource(registry.url, "crane/copy"), "index"), await digests("index"));
    assert.deepEqual((await crane("ls", repository)).split("\n").sort(), [
      "gzip",
      "index",
      "large",
      "uncompressed",
      "zstd",
    ]);
    assert.equal(await crane("digest", `${repository}:index`), images.index.descriptor.digest);
    assert.equal(await crane("manifest", `${repository}:gzip`), images.gzip.bytes.toString("utf8"));
    assert.deepEqual((await crane("catalog", registry.host)).split("\n"), ["crane/app", "crane/copy"]);
  });

  await t.test("append to an index, delete by tag and by digest", async () => {
    await crane(
      "index",
      "append",
      "-m",
      `${repository}:gzip`,
      "-m",
      `${repository}:zstd`,
      "-t",
      `${repository}:appended`,
    );
    const appended = await digestsOf(registrySource(registry.url, "crane/app"), "appended");
    for (const part of [...(await digests("gzip")), ...(await digests("zstd"))]) assert.ok(appended.includes(part));
    const digest = await crane("digest", `${repository}:appended`);
    await crane("delete", `${repository}:gzip`);
    await crane("delete", `${repository}@${digest}`);
    for (const tag of ["gzip", "appended"]) await assert.rejects(crane("digest", `${repository}:${tag}`), /404/);
  });
});

test("oras", { skip: missing("oras") }, async (t) => {
  const registry = await startMoorage(t);
  const { layout, digests } = await prepareImages("oras");
  const cwd = temporaryDirectory();
  const oras = createClient("oras", { cwd });
  t.diagnostic((await oras("version")).split("\n")[0] ?? "");
  const repository = `${registry.host}/oras/app`;
  const files = { "a.txt": createRandom("a").bytes(2000), "b.bin": createRandom("b").bytes(9 * MEBIBYTE) };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(cwd, name), bytes);
  const discover = async (name: string) =>
    JSON.parse(
      await oras("discover", "--plain-http", "--distribution-spec", "v1.1-referrers-api", "--format", "json", name),
    );

  await t.test("push and pull files", async () => {
    const named = ["a.txt:text/plain", "b.bin:application/octet-stream"];
    await oras("push", "--plain-http", "--artifact-type", "application/vnd.example", `${repository}:files`, ...named);
    const pulled = temporaryDirectory();
    await oras("pull", "--plain-http", "--output", pulled, `${repository}:files`);
    for (const [name, bytes] of Object.entries(files)) assert.deepEqual(await readFile(join(pulled, name)), bytes);
  });

  await t.test("copy an index in and out", async () => {
    await oras("copy", "--from-oci-layout", "--to-plain-http", `${layout}:index`, `${repository}:index`);
    const pulled = temporaryDirectory();
    await oras("copy", "--from-plain-http", "--to-oci-layout", `${repository}:index`, `${pulled}:index`);
    assert.deepEqual(await pulledDigests(pulled), await digests("index"));
  });

  await t.test("attach, discover, copy with referrers, delete", async () => {
    const attach = ["attach", "--plain-http", "--artifact-type", "application/vnd.example.sbom"];
    await oras(...attach, `${repository}:index`, "a.txt");
    const { referrers } = await discover(`${repository}:index`);
    assert.deepEqual(
      referrers.map(({ artifactType }: { artifactType: string }) => artifactType),
      ["application/vnd.example.sbom"],
    );
    const sbom: string = referrers[0].digest;
    await oras(...attach.with(-1, "application/vnd.example.signature"), `${repository}@${sbom}`, "a.txt");

    const target = `${registry.host}/oras/copy`;
    await oras("copy", "--recursive", "--from-plain-http", "--to-plain-http", `${repository}:index`, `${target}:index`);
    const [copied] = (await discover(`${target}:index`)).referrers;
    assert.equal(copied.digest, sbom);
    assert.equal(copied.referrers[0].artifactType, "application/vnd.example.signature");

    await oras("manifest", "delete", "--plain-http", "--force", `${target}@${sbom}`);
    assert.deepEqual((await discover(`${target}:index`)).referrers ?? [], []);
    assert.equal((await discover(`${repository}:index`)).referrers.length, 1);
  });
});

test("regctl", { skip: missing("regctl") }, async (t) => {
  const registry = await startMoorage(t);
  const { layout, images, tags, digests } = await prepareImages("regctl");
  const home = temporaryDirectory();
  const env = { REGCTL_CONFIG: join(home, "regctl.json") };
  const regctl = createClient("regctl", { env });
  t.diagnostic((await regctl("version")).split("\n")[0] ?? "");
  await regctl("registry", "set", "--tls", "disabled", registry.host);
  const repository = `${registry.host}/regctl/app`;

  for (const tag of tags) {
    await t.test(`copy ${tag} in and out`, async () => {
      await regctl("image", "copy", `ocidir://${layout}:${tag}`, `${repository}:${tag}`);
      const pulled = temporaryDirectory();
      await regctl("image", "copy", `${repository}:${tag}`, `ocidir://${pulled}:${tag}`);
      assert.deepEqual(await pulledDigests(pulled), await digests(tag));
    });
  }

  await t.test("upload a blob in chunks, and get it", async () => {
    await regctl("registry", "set", "--blob-chunk", "300000", "--blob-max", "1", "--skip-check", registry.host);
    const text = createRandom("chunks")
      .bytes(3 * MEBIBYTE)
      .toString("hex");
    const digest = digestOf(Buffer.from(text));
    assert.equal(await createClient("regctl", { env, input: text })("blob", "put", repository), digest);
    assert.equal(await regctl("blob", "get", repository, digest), text);
    await regctl("registry", "set", "--blob-chunk", "0", "--blob-max", "0", "--skip-check", registry.host);
  });

  await t.test("list and delete tags", async () => {
    assert.deepEqual((await regctl("tag", "ls", repository)).split("\n").sort(), tags.toSorted());
    await regctl("tag", "delete", `${repository}:zstd`);
    assert.deepEqual(
      (await regctl("tag", "ls", repository)).split("\n").sort(),
      tags.filter((tag) => tag !== "zstd").sort(),
    );
    await regctl("manifest", "head", `${repository}@${images.zstd.descriptor.digest}`);
  });

  await t.test("signatures as cosign has them: under a tag of the digest, and as referrers", async () => {
    const { digest } = images.index.descriptor;
    const payload = JSON.stringify({ critical: { image: { "docker-manifest-digest": digest } } });
    const sign = createClient("regctl", { env, input: payload });
    const type = "application/vnd.dev.cosign.simplesigning.v1+json";
    const signatureTag = `${repository}:${digest.replace(":", "-")}.sig`;
    await sign(
      "artifact",
      "put",
      "--file-media-type",
      type,
      "--config-type",
      "application/vnd.oci.image.config.v1+json",
      signatureTag,
    );
    assert.equal(await regctl("artifact", "get", signatureTag), payload);

    await sign("artifact", "put", "--artifact-type", type, "--subject", `${repository}@${digest}`);
    await sign(
      "artifact",
      "put",
      "--artifact-type",
      "application/vnd.example.other",
      "--subject",
      `${repository}@${digest}`,
    );
    const list = async (...filter: readonly string[]) =>
      JSON.parse(
        await regctl("artifact", "list", "--format", "{{json .Descriptors}}", ...filter, `${repository}@${digest}`),
      );
    assert.equal((await list()).length, 2);
    const [signature, ...others] = await list("--filter-artifact-type", type);
    assert.deepEqual(others, []);
    assert.equal(await regctl("artifact", "get", `${repository}@${signature.digest}`), payload);
  });
});
