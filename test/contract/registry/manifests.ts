import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { DOCKER_IMAGE, DOCKER_LIST, OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX } from "../../../src/oci/media-types.ts";
import {
  CONFIG,
  descriptorOf,
  EMPTY_JSON,
  imageManifest,
  indexManifest,
  json,
  pushBlob,
  pushImage,
  pushManifest,
  putManifest,
} from "../../support/registry-content.ts";
import { assertError, assertHeadEqualsGet, type HttpClient } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const DATA = "docker/registry/v2/blobs";

/** The same image in many a spelling. Its config is in "a". */
async function spellings(
  http: HttpClient,
): Promise<readonly (readonly [title: string, bytes: Buffer, type?: string])[]> {
  await pushBlob(http, "a", EMPTY_JSON);
  const config = JSON.stringify(descriptorOf(EMPTY_JSON, CONFIG));
  const indexJson = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
  return [
    ["OCI image", imageManifest()],
    ["Docker image", imageManifest({ mediaType: DOCKER_IMAGE })],
    ["OCI index", json(indexJson)],
    ["Docker list", json({ ...indexJson, mediaType: DOCKER_LIST })],
    ["OCI artifact", json({ mediaType: OCI_ARTIFACT, blobs: [] })],
    ["unknown media type", json({ mediaType: "application/vnd.example+json", anything: [1, 2] })],
    ["odd white space", Buffer.from(`\n{ "config":\t${config} ,"layers":[],\r\n"schemaVersion" : 2 } \n`), OCI_IMAGE],
    ["unknown fields", imageManifest({ fields: { "x-custom": { deep: [null, "ä", "\u2028"] } } })],
    ["escapes", Buffer.from(imageManifest().toString().replace("schemaVersion", "sch\\u0065maVersion"))],
    [
      "the same key twice",
      Buffer.from(`{"schemaVersion":1,"schemaVersion":2,"config":${config},"layers":[]}`),
      OCI_IMAGE,
    ],
    ["no layers", json({ schemaVersion: 2, mediaType: OCI_IMAGE, config: JSON.parse(config), layers: null })],
    ["annotations", imageManifest({ fields: { annotations: { "org.example": "ü" } } })],
  ];
}

export const pulledManifests: Chapter = {
  ids: ["end-3"],
  title: "pulling manifests",
  define(cases) {
    cases.case("by tag and by digest: the bytes as they came, HEAD and GET alike", async ({ http, replica }) => {
      // Another process: nothing comes from the memory of a push.
      const other = await replica();
      for (const [index, [title, bytes, type]] of (await spellings(http)).entries()) {
        const digest = await pushManifest(http, "a", `tag-${index}`, bytes, type);
        assert.equal(digest, digestOf(bytes));
        const mediaType = type ?? JSON.parse(bytes.toString()).mediaType;
        for (const client of [http, other.http]) {
          for (const reference of [`tag-${index}`, digest]) {
            const answer = await assertHeadEqualsGet(client, `/v2/a/manifests/${reference}`);
            assert.equal(answer.status, 200, title);
            assert.ok(answer.body.equals(bytes), title);
            assert.equal(answer.header("content-type"), mediaType, title);
            assert.equal(answer.header("content-length"), String(bytes.length));
            assert.equal(answer.header("docker-content-digest"), digest);
            assert.equal(answer.header("etag"), `"${digest}"`);
          }
        }
      }
    });

    cases.case("whatever Accept says", async ({ http }) => {
      const { bytes } = await pushImage(http, "a", "latest");
      for (const accept of [undefined, "*/*", DOCKER_LIST, "text/html;q=0.1", "rubbish"]) {
        const headers = accept === undefined ? {} : { accept };
        const answer = await http.request("GET", "/v2/a/manifests/latest", { headers });
        assert.equal(answer.status, 200);
        assert.ok(answer.body.equals(bytes));
      }
    });

    cases.case("If-None-Match", async ({ http }) => {
      const { digest } = await pushImage(http, "a", "latest");
      for (const reference of ["latest", digest]) {
        const path = `/v2/a/manifests/${reference}`;
        for (const tag of [`"${digest}"`, digest, `W/"${digest}"`, "*"]) {
          const answer = await assertHeadEqualsGet(http, path, { headers: { "if-none-match": tag } });
          assert.equal(answer.status, 304, tag);
          assert.equal(answer.body.length, 0);
          assert.equal(answer.header("docker-content-digest"), digest);
        }
        assert.equal((await http.request("GET", path, { headers: { "if-none-match": '"x"' } })).status, 200);
      }
    });

    cases.case("what is not there", async ({ http }) => {
      const { digest } = await pushImage(http, "a", "latest");
      const missing = `sha256:${"0".repeat(64)}`;
      for (const path of [
        "/v2/a/manifests/other",
        `/v2/a/manifests/${missing}`,
        `/v2/a/manifests/sha512:${"0".repeat(128)}`,
        "/v2/b/manifests/latest",
        `/v2/b/manifests/${digest}`,
      ]) {
        assertError(await http.request("GET", path), 404, "MANIFEST_UNKNOWN");
        assert.equal((await http.request("HEAD", path)).status, 404);
      }
    });

    cases.case("the digest of a blob is no manifest's, wherever the blob is", async ({ http, replica, driver }) => {
      const blobs = [Buffer.from("a layer, not JSON"), imageManifest(), Buffer.from("[]"), Buffer.alloc(0)];
      for (const blob of blobs) {
        const digest = await pushBlob(http, "a", blob);
        for (const { http: client } of [{ http }, await replica()]) {
          for (const repository of ["a", "b"]) {
            const answer = await client.request("GET", `/v2/${repository}/manifests/${digest}`);
            assertError(answer, 404, "MANIFEST_UNKNOWN");
          }
        }
      }
      assert.ok(driver);
    });

    cases.case("a link without its bytes links nothing, and a tag that leads nowhere is none", async (c) => {
      const { digest } = await pushImage(c.http, "a", "latest");
      const { http } = await c.replica();
      await c.driver.delete(`${DATA}/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`);
      for (const reference of ["latest", digest]) {
        assertError(await http.request("GET", `/v2/a/manifests/${reference}`), 404, "MANIFEST_UNKNOWN");
      }
    });

    cases.case("manifests that distribution stored are served, schema 1 included", async ({ http, driver }) => {
      const bytes = json({ schemaVersion: 1, name: "a", tag: "old", fsLayers: [], signatures: [] });
      const hex = digestOf(bytes).slice(7);
      const revisions = "docker/registry/v2/repositories/a/_manifests";
      await driver.put(`${DATA}/sha256/${hex.slice(0, 2)}/${hex}/data`, bytes);
      await driver.put(`${revisions}/revisions/sha256/${hex}/link`, Buffer.from(`sha256:${hex}`));
      await driver.put(`${revisions}/tags/old/current/link`, Buffer.from(`sha256:${hex}\n`));
      const answer = await assertHeadEqualsGet(http, "/v2/a/manifests/old");
      assert.equal(answer.status, 200);
      assert.ok(answer.body.equals(bytes));
      assert.equal(answer.header("content-type"), "application/vnd.docker.distribution.manifest.v1+prettyjws");
    });

    cases.case("an index is served as it is, not its amd64 child", async ({ http }) => {
      const { bytes, digest } = await pushImage(http, "a");
      const child = {
        mediaType: OCI_IMAGE,
        digest,
        size: bytes.length,
        platform: { os: "linux", architecture: "amd64" },
      };
      const list = json({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [child] });
      await pushManifest(http, "a", "latest", list);
      const answer = await http.request("GET", "/v2/a/manifests/latest", { headers: { accept: OCI_IMAGE } });
      assert.ok(answer.body.equals(list));
    });
  },
};

export const pushedManifests: Chapter = {
  ids: ["end-7"],
  title: "pushing manifests",
  define(cases) {
    cases.case("201 with the digest and where to find it", async ({ http }) => {
      await pushBlob(http, "a/b", EMPTY_JSON);
      const bytes = imageManifest();
      const digest = digestOf(bytes);
      for (const reference of ["latest", digest]) {
        const answer = await putManifest(http, "a/b", reference, bytes);
        assert.equal(answer.status, 201);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.header("docker-content-digest"), digest);
        assert.equal(answer.header("location"), `/v2/a/b/manifests/${digest}`);
        assert.equal(answer.headers["oci-tag"], undefined);
        assert.equal(answer.headers["oci-subject"], undefined);
        assert.equal((await http.request("GET", answer.location)).status, 200);
      }
    });

    cases.case("sha512 all the way", async ({ http, replica }) => {
      const layer = Buffer.from("a layer");
      await pushBlob(http, "a", EMPTY_JSON, "sha512");
      await pushBlob(http, "a", layer, "sha512");
      const bytes = imageManifest({ layers: [layer], algorithm: "sha512" });
      const digest = digestOf(bytes, "sha512");
      assert.equal(await pushManifest(http, "a", `${digest}?tag=one`, bytes), digest);
      for (const client of [http, (await replica()).http]) {
        for (const reference of [digest, "one"]) {
          const answer = await assertHeadEqualsGet(client, `/v2/a/manifests/${reference}`);
          assert.equal(answer.header("docker-content-digest"), digest);
          assert.ok(answer.body.equals(bytes));
        }
      }
      assertError(await http.request("GET", `/v2/a/manifests/${digestOf(bytes)}`), 404, "MANIFEST_UNKNOWN");
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, 202);
      assertError(await http.request("GET", "/v2/a/manifests/one"), 404, "MANIFEST_UNKNOWN");
    });

    cases.case("a digest that is not that of the bytes", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      for (const wrong of [`sha256:${"0".repeat(64)}`, `sha512:${"0".repeat(128)}`]) {
        assertError(await putManifest(http, "a", wrong, imageManifest()), 400, "DIGEST_INVALID");
        assertError(await http.request("GET", `/v2/a/manifests/${wrong}`), 404, "MANIFEST_UNKNOWN");
      }
    });

    cases.case("a tag moves to what was pushed last, and the manifest it meant stays", async ({ http }) => {
      const first = await pushImage(http, "a", "latest", "first");
      const second = await pushImage(http, "a", "latest", "second");
      const latest = await http.request("GET", "/v2/a/manifests/latest");
      assert.equal(latest.header("docker-content-digest"), second.digest);
      assert.equal((await http.request("GET", `/v2/a/manifests/${first.digest}`)).status, 200);
      await pushManifest(http, "a", "latest", first.bytes);
      assert.equal(
        (await http.request("HEAD", "/v2/a/manifests/latest")).header("docker-content-digest"),
        first.digest,
      );
    });

    cases.case("Content-Type with parameters, in capitals, or none", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const bytes = imageManifest();
      for (const type of [`${OCI_IMAGE}; charset=utf-8`, OCI_IMAGE.toUpperCase(), ` ${OCI_IMAGE} ;`, ""]) {
        const answer = await http.request("PUT", "/v2/a/manifests/latest", {
          body: bytes,
          headers: type === "" ? {} : { "content-type": type },
        });
        assert.equal(answer.status, 201, type);
        assert.equal((await http.request("GET", "/v2/a/manifests/latest")).header("content-type"), OCI_IMAGE);
      }
    });

    cases.case("a Content-Type that is not the manifest's", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      for (const type of [DOCKER_IMAGE, OCI_INDEX, "application/json"]) {
        assertError(await putManifest(http, "a", "latest", imageManifest(), type), 400, "MANIFEST_INVALID");
      }
    });

    cases.case("a media type is served as it is, so it has to be one", async ({ http }) => {
      for (const mediaType of [
        "a\r\nx-injected: 1",
        "a\u0000b",
        "ä/ö",
        "x".repeat(300),
        "no slash",
        "a/b; c=d",
        "a/b\n",
      ]) {
        const answer = await http.request("PUT", "/v2/a/manifests/latest", { body: json({ mediaType }) });
        assertError(answer, 400, "MANIFEST_INVALID");
      }
    });

    cases.case("schema 1 is refused, and the message says why", async ({ http }) => {
      const bytes = json({ schemaVersion: 1, name: "a", tag: "latest", fsLayers: [], signatures: [] });
      for (const type of [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/json",
        OCI_IMAGE,
      ]) {
        const answer = await putManifest(http, "a", "latest", bytes, type);
        assertError(answer, 400, "MANIFEST_INVALID");
        assert.match(answer.errors()[0]?.message ?? "", /schema 1 is not accepted/);
      }
    });

    cases.case("what is no manifest", async ({ http }) => {
      const config = descriptorOf(EMPTY_JSON, CONFIG);
      const bodies: readonly (readonly [bytes: Buffer, type?: string])[] = [
        [Buffer.alloc(0)],
        [Buffer.from("nonsense")],
        [Buffer.from("[]")],
        [Buffer.from("null")],
        [Buffer.from("{}")],
        [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
        [Buffer.from("[".repeat(100_000))],
        [json({ schemaVersion: 2 }), OCI_IMAGE],
        [json({ schemaVersion: 2, config: null }), OCI_IMAGE],
        [json({ schemaVersion: 2, config: { ...config, digest: "sha256:0" } })],
        [json({ schemaVersion: 2, config: { ...config, size: -1 } })],
        [json({ schemaVersion: 2, config, layers: {} })],
        [json({ schemaVersion: 2, config, layers: [{}] })],
        [json({ schemaVersion: 3, config })],
        [json({ schemaVersion: 2, config, mediaType: 7 })],
        [json({ schemaVersion: 2, config, subject: { digest: "x" } })],
        [json({ schemaVersion: 2, config, annotations: { a: 1 } })],
        [json({ schemaVersion: 2, manifests: [config], config })],
        [json({ schemaVersion: 2, mediaType: OCI_IMAGE, config, manifests: [] })],
        [json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], layers: [] })],
      ];
      for (const [body, type] of bodies) {
        const headers = type === undefined ? {} : { "content-type": type };
        const answer = await http.request("PUT", "/v2/a/manifests/latest", { body, headers });
        assertError(answer, 400, "MANIFEST_INVALID");
      }
      assertError(await http.request("GET", "/v2/a/tags/list"), 404, "NAME_UNKNOWN");
    });

    cases.case(
      "the limit of the size, announced or found out",
      async ({ http }) => {
        await pushBlob(http, "a", EMPTY_JSON);
        const room = 2000 - imageManifest({ fields: { filler: "" } }).length;
        const fits = imageManifest({ fields: { filler: "x".repeat(room) } });
        const tooLarge = imageManifest({ fields: { filler: "x".repeat(room + 1) } });
        assert.equal(fits.length, 2000);
        const headers = { "content-type": OCI_IMAGE };
        for (const body of [fits, [fits.subarray(0, 1000), fits.subarray(1000)]]) {
          assert.equal((await http.request("PUT", "/v2/a/manifests/latest", { body, headers })).status, 201);
        }
        for (const body of [tooLarge, [tooLarge.subarray(0, 1000), tooLarge.subarray(1000)]]) {
          const answer = await http.request("PUT", "/v2/a/manifests/other", { body, headers });
          assertError(answer, 413, "MANIFEST_INVALID");
        }
        assertError(await http.request("GET", "/v2/a/manifests/other"), 404, "MANIFEST_UNKNOWN");
      },
      { app: { limits: { maxManifestBytes: 2000, maxCatalogEntries: 10, maxTags: 10 } } },
    );

    cases.case("4 MiB are accepted", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const bytes = imageManifest({ fields: { filler: "x".repeat(4 * 1024 * 1024 - 400) } });
      assert.ok(bytes.length <= 4 * 1024 * 1024);
      await pushManifest(http, "a", "latest", bytes);
    });

    cases.case("a client that asks first is told before it sends a manifest that is too large", async ({ http }) => {
      const path = "/v2/a/manifests/latest";
      const open = http.open("PUT", path, { "content-length": "5000000", expect: "100-continue" });
      open.request.flushHeaders();
      assertError(await open.answer, 413, "MANIFEST_INVALID");
      open.breakOff();
    });
  },
};

export const tagParameters: Chapter = {
  ids: ["end-7"],
  title: "tags as parameters",
  define(cases) {
    cases.case("each tag is set, and told", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const bytes = imageManifest();
      const digest = digestOf(bytes);
      const tags = Array.from({ length: 20 }, (_, index) => `v${index}`);
      const query = tags.map((tag) => `tag=${tag}`).join("&");
      const answer = await putManifest(http, "a", `${digest}?${query}`, bytes);
      assert.equal(answer.status, 201);
      assert.equal(answer.header("oci-tag"), tags.join(", "));
      for (const tag of tags) {
        const pulled = await http.request("HEAD", `/v2/a/manifests/${tag}`);
        assert.equal(pulled.header("docker-content-digest"), digest);
      }
    });

    cases.case("beside a tag in the path, and the same twice", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const answer = await putManifest(http, "a", "one?tag=two&tag=two&tag=one", imageManifest());
      assert.equal(answer.status, 201);
      const listed = (await http.request("GET", "/v2/a/tags/list")).json<{ tags: string[] }>();
      assert.deepEqual(listed.tags, ["one", "two"]);
    });

    cases.case("one that is none spoils all", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      for (const tag of ["", ".a", "a%2Fb", "a%20b", "a".repeat(129)]) {
        assertError(await putManifest(http, "a", `one?tag=two&tag=${tag}`, imageManifest()), 400, "TAG_INVALID");
      }
      assertError(await http.request("GET", "/v2/a/tags/list"), 404, "NAME_UNKNOWN");
    });

    cases.case("a hundred at once, not more", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const query = (count: number) => Array.from({ length: count }, (_, index) => `tag=v${index}`).join("&");
      assert.equal((await putManifest(http, "a", `one?${query(100)}`, imageManifest())).status, 201);
      assertError(await putManifest(http, "a", `one?${query(101)}`, imageManifest()), 414, "TAG_INVALID");
    });

    cases.case("with a manifest that is refused, none is set", async ({ http }) => {
      const bytes = imageManifest();
      const answer = await putManifest(http, "a", `${digestOf(bytes)}?tag=one`, bytes);
      assertError(answer, 400, "MANIFEST_BLOB_UNKNOWN");
      assertError(await http.request("GET", "/v2/a/manifests/one"), 404, "MANIFEST_UNKNOWN");
    });

    cases.case("the index that a tag parameter names is that of its repository", async ({ http }) => {
      const bytes = indexManifest([]);
      await pushManifest(http, "a", `${digestOf(bytes)}?tag=one`, bytes);
      assertError(await http.request("GET", "/v2/b/manifests/one"), 404, "MANIFEST_UNKNOWN");
    });
  },
};
