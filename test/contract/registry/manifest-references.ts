import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { DOCKER_LIST, OCI_ARTIFACT, OCI_IMAGE } from "../../../src/oci/media-types.ts";
import type { ReferencePolicy } from "../../../src/registry/manifest-references.ts";
import {
  CONFIG,
  type DescriptorJson,
  descriptorOf,
  EMPTY_JSON,
  imageManifest,
  indexManifest,
  json,
  LAYER,
  pushBlob,
  pushImage,
  pushManifest,
  putManifest,
} from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const policy = (changes: Partial<ReferencePolicy>) => ({
  registry: { references: { enabled: true, urls: { allow: [], deny: [] }, platforms: "all" as const, ...changes } },
});

const FOREIGN = [
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
];

const somewhere = (url: string): Buffer =>
  json({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: descriptorOf(EMPTY_JSON, CONFIG),
    layers: [descriptorOf(Buffer.from("elsewhere"), LAYER, { urls: [url] })],
  });

export const references: Chapter = {
  ids: ["end-7"],
  title: "what a manifest references",
  define(cases) {
    cases.case("each missing digest has an error of its own, once", async ({ http, replica }) => {
      const layers = ["one", "two", "three", "two"].map((text) => Buffer.from(text));
      await pushBlob(http, "a", Buffer.from("one"));
      await pushBlob(http, "b", Buffer.from("two"));
      const bytes = imageManifest({ layers });
      for (const client of [http, (await replica()).http]) {
        const answer = await putManifest(client, "a", "latest", bytes);
        assertError(answer, 400, "MANIFEST_BLOB_UNKNOWN");
        assert.deepEqual(
          answer.errors().map(({ detail }) => detail),
          [EMPTY_JSON, ...layers.slice(1, 3)].map((blob) => ({ digest: digestOf(blob) })),
        );
      }
      assertError(await http.request("GET", `/v2/a/manifests/${digestOf(bytes)}`), 404, "MANIFEST_UNKNOWN");
    });

    cases.case("hundreds of them", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const layers = Array.from({ length: 130 }, (_, index) => Buffer.from(`layer ${index}`));
      const answer = await putManifest(http, "a", "latest", imageManifest({ layers }));
      assert.equal(answer.errors().length, 130);
      await Promise.all(layers.map((layer) => pushBlob(http, "a", layer)));
      await pushManifest(http, "a", "latest", imageManifest({ layers }));
    });

    cases.case("a link without its bytes does not count", async ({ http, driver, replica }) => {
      const digest = await pushBlob(http, "a", EMPTY_JSON);
      await driver.delete(`docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`);
      const other = await replica();
      assertError(await putManifest(other.http, "a", "latest", imageManifest()), 400, "MANIFEST_BLOB_UNKNOWN");
    });

    cases.case("a blob that was deleted does not count", async ({ http }) => {
      const digest = await pushBlob(http, "a", EMPTY_JSON);
      await pushManifest(http, "a", "first", imageManifest());
      assert.equal((await http.request("DELETE", `/v2/a/blobs/${digest}`)).status, 202);
      assertError(await putManifest(http, "a", "second", imageManifest()), 400, "MANIFEST_BLOB_UNKNOWN");
    });

    cases.case("blobs in two algorithms, and the size that a descriptor claims is not believed", async ({ http }) => {
      const layer = Buffer.from("layer");
      await pushBlob(http, "a", EMPTY_JSON);
      await pushBlob(http, "a", layer, "sha512");
      const bytes = json({
        schemaVersion: 2,
        mediaType: OCI_IMAGE,
        config: { ...descriptorOf(EMPTY_JSON, CONFIG), size: 12345 },
        layers: [descriptorOf(layer, LAYER, { algorithm: "sha512" })],
      });
      await pushManifest(http, "a", "latest", bytes);
      const other = imageManifest({ layers: [layer] });
      assertError(await putManifest(http, "a", "latest", other), 400, "MANIFEST_BLOB_UNKNOWN");
    });

    cases.case("an index wants its children, in its own repository", async ({ http, replica }) => {
      const { digest, bytes } = await pushImage(http, "a");
      const child: DescriptorJson = { mediaType: OCI_IMAGE, digest, size: bytes.length };
      const missing: DescriptorJson = { ...child, digest: digestOf(Buffer.from("missing")) };
      const index = indexManifest([child, missing]);
      for (const client of [http, (await replica()).http]) {
        const answer = await putManifest(client, "a", "latest", index);
        assertError(answer, 400, "MANIFEST_BLOB_UNKNOWN");
        assert.deepEqual(answer.errors()[0]?.detail, { digest: missing.digest });
        assertError(await putManifest(client, "b", "latest", indexManifest([child])), 400, "MANIFEST_BLOB_UNKNOWN");
        await pushManifest(client, "a", "latest", indexManifest([child]));
      }
    });

    cases.case("an index of indexes, and one of nothing", async ({ http }) => {
      const { digest, bytes } = await pushImage(http, "a");
      const inner = indexManifest([{ mediaType: OCI_IMAGE, digest, size: bytes.length }]);
      const outer = indexManifest([descriptorOf(inner, "application/vnd.oci.image.index.v1+json")]);
      assertError(await putManifest(http, "a", "outer", outer), 400, "MANIFEST_BLOB_UNKNOWN");
      await pushManifest(http, "a", digestOf(inner), inner);
      await pushManifest(http, "a", "outer", outer);
      await pushManifest(http, "a", "empty", indexManifest([]));
    });

    cases.case("a build cache: an index whose children are layers", async ({ http, replica }) => {
      const layer = Buffer.from("a cached layer");
      const config = json({ layers: [] });
      const children = [descriptorOf(layer, LAYER), descriptorOf(config, "application/vnd.buildkit.cacheconfig.v0")];
      const cache = indexManifest(children);
      assertError(await putManifest(http, "a", "cache", cache), 400, "MANIFEST_BLOB_UNKNOWN");
      for (const blob of [layer, config]) await pushBlob(http, "a", blob);
      for (const client of [http, (await replica()).http]) await pushManifest(client, "a", "cache", cache);
    });

    cases.case("a child that was deleted does not count", async ({ http }) => {
      const { digest, bytes } = await pushImage(http, "a");
      const index = indexManifest([{ mediaType: OCI_IMAGE, digest, size: bytes.length }]);
      await pushManifest(http, "a", "first", index);
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, 202);
      assertError(await putManifest(http, "a", "second", index), 400, "MANIFEST_BLOB_UNKNOWN");
    });

    cases.case("a subject, and what an unknown media type names, need not be there", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const subject = descriptorOf(Buffer.from("nowhere"), OCI_IMAGE);
      await pushManifest(http, "a", "one", imageManifest({ fields: { subject } }));
      await pushManifest(http, "a", "two", json({ mediaType: "application/vnd.example", layers: [subject] }));
    });

    cases.case("the blobs of an OCI artifact", async ({ http }) => {
      const artifact = json({ mediaType: OCI_ARTIFACT, blobs: [descriptorOf(EMPTY_JSON, LAYER)] });
      assertError(await putManifest(http, "a", "latest", artifact), 400, "MANIFEST_BLOB_UNKNOWN");
      await pushBlob(http, "a", EMPTY_JSON);
      await pushManifest(http, "a", "latest", artifact);
    });

    cases.case("foreign layers may be elsewhere, with and without a URL", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      for (const type of FOREIGN) {
        for (const urls of [undefined, [], ["https://example.org/layer"]]) {
          const layer = descriptorOf(Buffer.from("foreign"), type, { ...(urls && { urls }) });
          const config = descriptorOf(EMPTY_JSON, CONFIG);
          await pushManifest(
            http,
            "a",
            "latest",
            json({ schemaVersion: 2, mediaType: OCI_IMAGE, config, layers: [layer] }),
          );
        }
      }
    });

    cases.case(
      "URLs that are not allowed, or denied",
      async ({ http }) => {
        await pushBlob(http, "a", EMPTY_JSON);
        await pushManifest(http, "a", "latest", somewhere("https://good.example/layer"));
        for (const url of ["https://good.example/secret", "https://evil.example/layer", "javascript:alert(1)", ""]) {
          const answer = await putManifest(http, "a", "latest", somewhere(url));
          assertError(answer, 400, "MANIFEST_INVALID");
          assert.deepEqual(answer.errors()[0]?.detail, { url });
        }
      },
      policy({ urls: { allow: [/^https:\/\/good\.example\//], deny: [/secret/] } }),
    );

    cases.case(
      "validation off: nothing is looked for",
      async ({ http }) => {
        await pushManifest(http, "a", "latest", imageManifest());
        await pushManifest(http, "a", "index", indexManifest([descriptorOf(Buffer.from("nowhere"), OCI_IMAGE)]));
      },
      policy({ enabled: false }),
    );

    cases.case(
      "children of the wanted platforms only",
      async ({ http }) => {
        const { digest, bytes } = await pushImage(http, "a");
        const amd64 = { os: "linux", architecture: "amd64" };
        const present = { mediaType: OCI_IMAGE, digest, size: bytes.length, platform: amd64 };
        const absent = descriptorOf(Buffer.from("nowhere"), OCI_IMAGE);
        const arm64 = { ...absent, platform: { os: "linux", architecture: "arm64" } };
        await pushManifest(http, "a", "index", indexManifest([present, arm64, absent]));
        await pushManifest(http, "a", "list", json({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [arm64] }));
        const wanted = indexManifest([{ ...absent, platform: amd64 }]);
        assertError(await putManifest(http, "a", "latest", wanted), 400, "MANIFEST_BLOB_UNKNOWN");
      },
      policy({ platforms: [{ os: "linux", architecture: "amd64" }] }),
    );

    cases.case(
      "no children at all",
      async ({ http }) => {
        await pushManifest(http, "a", "index", indexManifest([descriptorOf(Buffer.from("nowhere"), OCI_IMAGE)]));
        assertError(await putManifest(http, "a", "latest", imageManifest()), 400, "MANIFEST_BLOB_UNKNOWN");
      },
      policy({ platforms: "none" }),
    );
  },
};
