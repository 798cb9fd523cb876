import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import {
  EMPTY_JSON,
  imageManifest,
  indexManifest,
  pushBlob,
  pushImage,
  pushManifest,
} from "../../support/registry-content.ts";
import { keysUnder } from "../../support/registry-drivers.ts";
import { assertError } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

export const deletedManifests: Chapter = {
  ids: ["end-9"],
  title: "deleting manifests and tags",
  define(cases) {
    cases.case("a tag goes, the manifest and its other tags stay", async ({ http }) => {
      const { digest, bytes } = await pushImage(http, "a", "one");
      await pushManifest(http, "a", "two", bytes);
      const answer = await http.request("DELETE", "/v2/a/manifests/one");
      assert.equal(answer.status, 202);
      assert.equal(answer.body.length, 0);
      assertError(await http.request("GET", "/v2/a/manifests/one"), 404, "MANIFEST_UNKNOWN");
      for (const reference of ["two", digest]) {
        assert.equal((await http.request("GET", `/v2/a/manifests/${reference}`)).status, 200);
      }
      assert.deepEqual((await http.request("GET", "/v2/a/tags/list")).json(), { name: "a", tags: ["two"] });
      assertError(await http.request("DELETE", "/v2/a/manifests/one"), 404, "MANIFEST_UNKNOWN");
    });

    cases.case("a manifest takes every tag with it that means it now, and no other", async ({ http, replica }) => {
      const first = await pushImage(http, "a", "v1", "first");
      const second = await pushImage(http, "a", "v2", "second");
      for (const name of ["x", "x-1", "x.1", "latest"]) await pushManifest(http, "a", name, first.bytes);
      await pushManifest(http, "a", "latest", second.bytes);
      await pushManifest(http, "a", "back", second.bytes);
      await pushManifest(http, "a", "back", first.bytes);
      await pushManifest(http, "b", "v1", indexManifest([]));
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${first.digest}`)).status, 202);
      const other = await replica();
      for (const client of [http, other.http]) {
        assert.deepEqual((await client.request("GET", "/v2/a/tags/list")).json(), {
          name: "a",
          tags: ["latest", "v2"],
        });
        assertError(await client.request("GET", `/v2/a/manifests/${first.digest}`), 404, "MANIFEST_UNKNOWN");
        assert.equal(
          (await client.request("GET", "/v2/a/manifests/latest")).header("docker-content-digest"),
          second.digest,
        );
        assert.equal((await client.request("GET", "/v2/b/manifests/v1")).status, 200);
      }
      assertError(await http.request("DELETE", `/v2/a/manifests/${first.digest}`), 404, "MANIFEST_UNKNOWN");
    });

    cases.case("a tag that cannot be read and never meant it is not in the way", async ({ http, driver }) => {
      const { digest } = await pushImage(http, "a", "v1", "first");
      await pushImage(http, "a", "v2", "second");
      await driver.put("docker/registry/v2/repositories/a/_manifests/tags/v2/current/link", Buffer.from("damaged"));
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, 202);
      assert.deepEqual((await http.request("GET", "/v2/a/tags/list")).json(), { name: "a", tags: ["v2"] });
    });

    cases.case("nothing of it stays in the repository, and it can be pushed again", async ({ http, driver }) => {
      const { digest, bytes } = await pushImage(http, "a", "latest");
      await pushManifest(http, "a", "two", bytes);
      await http.request("DELETE", `/v2/a/manifests/${digest}`);
      assert.deepEqual(await keysUnder(driver, "docker/registry/v2/repositories/a/_manifests/"), []);
      await pushManifest(http, "a", "latest", bytes);
      assert.ok((await http.request("GET", "/v2/a/manifests/latest")).body.equals(bytes));
    });

    cases.case("its blobs stay", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      const digest = await pushManifest(http, "a", "latest", imageManifest());
      await http.request("DELETE", `/v2/a/manifests/${digest}`);
      assert.equal((await http.request("HEAD", `/v2/a/blobs/${digestOf(EMPTY_JSON)}`)).status, 200);
    });

    cases.case("in one repository, not in the other", async ({ http }) => {
      const bytes = indexManifest([]);
      for (const repository of ["a", "b"]) await pushManifest(http, repository, "latest", bytes);
      await http.request("DELETE", `/v2/a/manifests/${digestOf(bytes)}`);
      assert.equal((await http.request("GET", "/v2/b/manifests/latest")).status, 200);
    });

    cases.case("what is not there, and what is no reference", async ({ http }) => {
      for (const path of ["/v2/a/manifests/latest", `/v2/a/manifests/${DIGEST}`]) {
        assertError(await http.request("DELETE", path), 404, "MANIFEST_UNKNOWN");
      }
      assertError(await http.request("DELETE", "/v2/a/manifests/.x"), 400, "TAG_INVALID");
      assertError(await http.request("DELETE", "/v2/a/manifests/sha256:x"), 400, "DIGEST_INVALID");
    });
  },
};

export const deletedBlobs: Chapter = {
  ids: ["end-10"],
  title: "deleting blobs",
  define(cases) {
    cases.case("out of its repository, and out of no other", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes);
      const digest = await pushBlob(http, "a", bytes);
      await pushBlob(http, "b", bytes);
      const answer = await http.request("DELETE", `/v2/a/blobs/${digest}`);
      assert.equal(answer.status, 202);
      assert.equal(answer.header("docker-content-digest"), digest);
      assertError(await http.request("GET", `/v2/a/blobs/${digest}`), 404, "BLOB_UNKNOWN");
      assert.equal((await http.request("HEAD", `/v2/a/blobs/${digest}`)).status, 404);
      assert.ok((await http.request("GET", `/v2/b/blobs/${digest}`)).body.equals(bytes));
      assertError(await http.request("DELETE", `/v2/a/blobs/${digest}`), 404, "BLOB_UNKNOWN");
      await pushBlob(http, "a", bytes);
      assert.ok((await http.request("GET", `/v2/a/blobs/${digest}`)).body.equals(bytes));
    });

    cases.case("what is not there, and what is no digest", async ({ http }) => {
      assertError(await http.request("DELETE", `/v2/a/blobs/${DIGEST}`), 404, "BLOB_UNKNOWN");
      assertError(await http.request("DELETE", "/v2/a/blobs/sha256:x"), 400, "DIGEST_INVALID");
    });

    cases.case("a blob that was deleted stays so, though a manifest names it", async ({ http }) => {
      await pushBlob(http, "a", EMPTY_JSON);
      await pushManifest(http, "a", "latest", imageManifest());
      const path = `/v2/a/blobs/${digestOf(EMPTY_JSON)}`;
      assert.equal((await http.request("DELETE", path)).status, 202);
      assert.equal((await http.request("GET", "/v2/a/manifests/latest")).status, 200);
      assertError(await http.request("GET", path), 404, "BLOB_UNKNOWN");
    });
  },
};

const CHANGES = [
  ["DELETE", "/v2/a/manifests/latest"],
  ["DELETE", `/v2/a/manifests/${DIGEST}`],
  ["DELETE", `/v2/a/blobs/${DIGEST}`],
] as const;

export const forbidden: Chapter = {
  ids: ["end-9, end-10"],
  title: "registries that do not delete, or do not change at all",
  define(cases) {
    cases.case("deletes are off: 405, for what is there and what is not", async ({ http, replica }) => {
      const { digest } = await pushImage(http, "a", "latest");
      const other = await replica({ app: { deleteEnabled: false } });
      for (const [method, path] of [...CHANGES, ["DELETE", `/v2/a/manifests/${digest}`] as const]) {
        assertError(await other.http.request(method, path), 405, "UNSUPPORTED");
      }
      assert.equal((await other.http.request("GET", "/v2/a/manifests/latest")).status, 200);
      await pushImage(other.http, "a", "next");
      const upload = (await other.http.request("POST", "/v2/a/blobs/uploads/")).location;
      assert.equal((await other.http.request("DELETE", upload)).status, 204);
    });

    cases.case("read-only: everything that writes is 405, everything that reads works", async ({ http, replica }) => {
      const { digest } = await pushImage(http, "a", "latest");
      const upload = (await http.request("POST", "/v2/a/blobs/uploads/")).location;
      const other = await replica({ app: { readOnly: true }, registry: { readOnly: true } });
      for (const [method, path] of [
        ...CHANGES,
        ["PUT", "/v2/a/manifests/latest"],
        ["POST", "/v2/a/blobs/uploads/"],
        ["POST", `/v2/a/blobs/uploads/?mount=${DIGEST}&from=b`],
        ["PATCH", upload],
        ["PUT", `${upload}&digest=${DIGEST}`],
        ["DELETE", upload],
      ] as const) {
        assertError(await other.http.request(method, path), 405, "UNSUPPORTED");
      }
      for (const path of ["manifests/latest", `manifests/${digest}`, "tags/list", `referrers/${digest}`]) {
        assert.equal((await other.http.request("GET", `/v2/a/${path}`)).status, 200);
      }
      assert.equal((await http.request("DELETE", upload)).status, 204);
    });
  },
};
