import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { OCI_IMAGE, OCI_INDEX } from "../../../src/oci/media-types.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import {
  artifactManifest,
  CONFIG,
  type DescriptorJson,
  descriptorOf,
  EMPTY_JSON,
  imageManifest,
  indexManifest,
  pushBlob,
  pushImage,
  pushManifest,
  putManifest,
} from "../../support/registry-content.ts";
import { type Answer, assertError, assertHeadEqualsGet, type HttpClient } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const SBOM = "application/vnd.example.sbom+json";
const SIGNATURE = "application/vnd.example.signature";

async function referrersOf(http: HttpClient, digest: string, query = ""): Promise<DescriptorJson[]> {
  const answer = await http.request("GET", `/v2/a/referrers/${digest}${query}`);
  assert.equal(answer.status, 200);
  return listed(answer);
}

function listed(answer: Answer): DescriptorJson[] {
  assert.equal(answer.header("content-type"), OCI_INDEX);
  const { schemaVersion, mediaType, manifests } = answer.json<{
    schemaVersion: number;
    mediaType: string;
    manifests: DescriptorJson[];
  }>();
  assert.equal(schemaVersion, 2);
  assert.equal(mediaType, OCI_INDEX);
  return manifests;
}

async function pushSubject(http: HttpClient): Promise<DescriptorJson> {
  await pushBlob(http, "a", EMPTY_JSON);
  const { digest, bytes } = await pushImage(http, "a", "latest");
  return { mediaType: OCI_IMAGE, digest, size: bytes.length };
}

export const referrers: Chapter = {
  ids: ["end-12"],
  title: "referrers",
  define(cases) {
    cases.case("descriptors with artifact type and annotations, HEAD and GET alike", async ({ http, replica }) => {
      const subject = await pushSubject(http);
      const annotations = { "org.example": "ä", other: "" };
      const artifact = artifactManifest(subject, SBOM, { annotations });
      const image = imageManifest({ fields: { subject } });
      const index = indexManifest([], { subject, artifactType: SIGNATURE });
      const plainIndex = indexManifest([], { subject });
      for (const bytes of [artifact, image, index, plainIndex]) {
        const answer = await putManifest(http, "a", digestOf(bytes), bytes);
        assert.equal(answer.status, 201);
        assert.equal(answer.header("oci-subject"), subject.digest);
      }
      const expected = [
        descriptorOf(artifact, OCI_IMAGE, { artifactType: SBOM, annotations }),
        descriptorOf(image, OCI_IMAGE, { artifactType: CONFIG }),
        descriptorOf(index, OCI_INDEX, { artifactType: SIGNATURE }),
        descriptorOf(plainIndex, OCI_INDEX),
      ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      for (const client of [http, (await replica()).http]) {
        const answer = await assertHeadEqualsGet(client, `/v2/a/referrers/${subject.digest}`);
        assert.deepEqual(listed(answer), expected);
        assert.equal(answer.headers["oci-filters-applied"], undefined);
        assert.equal(answer.headers.link, undefined);
      }
      assert.deepEqual(await referrersOf(http, digestOf(artifact)), []);
    });

    cases.case("filtered by artifact type", async ({ http }) => {
      const subject = await pushSubject(http);
      const sbom = artifactManifest(subject, SBOM);
      const signature = artifactManifest(subject, SIGNATURE);
      for (const bytes of [sbom, signature]) await pushManifest(http, "a", digestOf(bytes), bytes);
      for (const [type, bytes] of [
        [SBOM, sbom],
        [SIGNATURE, signature],
      ] as const) {
        const query = `?artifactType=${encodeURIComponent(type)}`;
        const answer = await http.request("GET", `/v2/a/referrers/${subject.digest}${query}`);
        assert.equal(answer.header("oci-filters-applied"), "artifactType");
        assert.deepEqual(
          listed(answer).map(({ digest }) => digest),
          [digestOf(bytes)],
        );
      }
      const none = await http.request("GET", `/v2/a/referrers/${subject.digest}?artifactType=other`);
      assert.equal(none.header("oci-filters-applied"), "artifactType");
      assert.deepEqual(listed(none), []);
      const unfiltered = await http.request("GET", `/v2/a/referrers/${subject.digest}?artifactType=`);
      assert.equal(unfiltered.headers["oci-filters-applied"], undefined);
      assert.equal(listed(unfiltered).length, 2);
    });

    cases.case("of a subject that is not there, in a repository that is not there: an empty list", async ({ http }) => {
      for (const digest of [`sha256:${"0".repeat(64)}`, `sha512:${"0".repeat(128)}`]) {
        assert.deepEqual(await referrersOf(http, digest), []);
      }
    });

    cases.case("pushed before its subject, and in sha512", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const image = imageManifest({ fields: { annotations: { not: "there yet" } } });
      for (const algorithm of ["sha256", "sha512"] as const) {
        const subject = descriptorOf(image, OCI_IMAGE, { algorithm });
        const artifact = artifactManifest(subject, SBOM);
        const digest = digestOf(artifact, algorithm);
        const answer = await putManifest(http, "a", digest, artifact);
        assert.equal(answer.header("oci-subject"), subject.digest);
        await pushManifest(http, "a", subject.digest, image);
        assert.deepEqual(
          (await referrersOf(http, subject.digest)).map((found) => found.digest),
          [digest],
        );
      }
    });

    cases.case("they stay when the subject goes, and go when they are deleted", async ({ http }) => {
      const subject = await pushSubject(http);
      const artifact = artifactManifest(subject, SBOM);
      const digest = await pushManifest(http, "a", "artifact", artifact);
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${subject.digest}`)).status, 202);
      assert.equal((await referrersOf(http, subject.digest)).length, 1);
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, 202);
      assert.deepEqual(await referrersOf(http, subject.digest), []);
      await pushManifest(http, "a", "artifact", artifact);
      assert.equal((await referrersOf(http, subject.digest)).length, 1);
      assert.equal((await http.request("DELETE", "/v2/a/manifests/artifact")).status, 202);
      assert.equal((await referrersOf(http, subject.digest)).length, 1);
    });

    cases.case("each repository has its own", async ({ http }) => {
      const subject = await pushSubject(http);
      await pushBlob(http, "b", EMPTY_JSON);
      await pushManifest(http, "b", "artifact", artifactManifest(subject, SBOM));
      assert.deepEqual(await referrersOf(http, subject.digest), []);
    });

    cases.case("what clients listed under the fallback tag is listed too", async ({ http }) => {
      const subject = await pushSubject(http);
      const known = artifactManifest(subject, SBOM);
      const fallen = artifactManifest(subject, SIGNATURE);
      const stranger = imageManifest({ fields: { annotations: { no: "subject" } } });
      for (const bytes of [known, fallen, stranger]) await pushManifest(http, "a", digestOf(bytes), bytes);
      const entries = [known, fallen, stranger].map((bytes) => descriptorOf(bytes, OCI_IMAGE));
      await pushManifest(http, "a", subject.digest.replace(":", "-"), indexManifest(entries));
      assert.deepEqual(
        (await referrersOf(http, subject.digest)).map(({ digest }) => digest),
        [known, fallen].map((bytes) => digestOf(bytes)).sort(),
      );
    });

    cases.case(
      "from before there was an index of them: only the fallback tag tells",
      async ({ http, driver, replica }) => {
        const subject = await pushSubject(http);
        const artifact = artifactManifest(subject, SBOM);
        const digest = await pushManifest(http, "a", digestOf(artifact), artifact);
        await pushManifest(
          http,
          "a",
          subject.digest.replace(":", "-"),
          indexManifest([descriptorOf(artifact, OCI_IMAGE)]),
        );
        const hex = subject.digest.slice(7);
        await driver.delete(`moorage/index/referrers/a/_/sha256/${hex}/sha256/${digest.slice(7)}`);
        const { http: other } = await replica();
        assert.deepEqual(await referrersOf(other, subject.digest), [
          descriptorOf(artifact, OCI_IMAGE, { artifactType: SBOM }),
        ]);
      },
    );

    cases.case("a fallback tag that is no index, and entries that lie, are nothing", async ({ http, driver }) => {
      const subject = await pushSubject(http);
      await pushManifest(http, "a", subject.digest.replace(":", "-"), imageManifest());
      const hex = subject.digest.slice(7);
      const lies = [`sha256/${hex}`, `sha256/${"0".repeat(64)}`, "sha256/short", "nonsense"];
      for (const lie of lies) await driver.put(`moorage/index/referrers/a/_/sha256/${hex}/${lie}`, Buffer.from("x"));
      assert.deepEqual(await referrersOf(http, subject.digest), []);
    });

    cases.when("keepsOurTime", "more than a page of them: followed by Link to the end", async ({ http, registry }) => {
      const subject = await pushSubject(http);
      const repository = parseRepositoryName("a");
      const digests = await Promise.all(
        Array.from({ length: 1003 }, async (_, index) => {
          const bytes = artifactManifest(subject, index % 2 === 0 ? SBOM : SIGNATURE, {
            annotations: { n: `${index}` },
          });
          return (await registry.manifests.put(repository, bytes, {})).descriptor.digest;
        }),
      );
      for (const [query, expected] of [
        ["", digests.length],
        [`?artifactType=${encodeURIComponent(SBOM)}`, Math.ceil(digests.length / 2)],
      ] as const) {
        const found: string[] = [];
        let pages = 0;
        for (let path: string | undefined = `/v2/a/referrers/${subject.digest}${query}`; path; pages++) {
          const answer = await http.request("GET", path);
          found.push(...listed(answer).map(({ digest }) => digest));
          assert.equal(answer.headers["oci-filters-applied"], query === "" ? undefined : "artifactType");
          const link: string | undefined = answer.headers.link;
          path = link && /^<(\/[^>]*)>; rel="next"$/.exec(link)?.[1];
        }
        assert.equal(pages, 2);
        assert.deepEqual(found, found.toSorted());
        assert.equal(new Set(found).size, expected);
      }
    });

    cases.case("what is no digest", async ({ http }) => {
      for (const text of ["latest", "sha256:0", "md5:00"]) {
        assertError(await http.request("GET", `/v2/a/referrers/${text}`), 400, "DIGEST_INVALID");
      }
    });
  },
};
