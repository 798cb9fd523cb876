import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { indexManifest, pushBlob, pushImage, pushManifest } from "../../support/registry-content.ts";
import { assertError, assertHeadEqualsGet, type HttpClient } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

const INDEX = indexManifest([]);

async function tag(http: HttpClient, repository: string, tags: readonly string[]): Promise<void> {
  for (let i = 0; i < tags.length; i += 50) {
    const query = tags.slice(i, i + 50).map((name) => `tag=${name}`);
    await pushManifest(http, repository, `${digestOf(INDEX)}?${query.join("&")}`, INDEX);
  }
}

/** The pages from `path` on, by their Link headers. */
async function follow(http: HttpClient, path: string, field: "tags" | "repositories"): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer = await http.request("GET", next);
    assert.equal(answer.status, 200, answer.body.toString());
    pages.push(answer.json<Record<string, string[]>>()[field] ?? assert.fail(`no ${field}`));
    const link: string | undefined = answer.headers.link;
    const target: string | undefined = link && /^<(\/[^>]*)>; rel="next"$/.exec(link)?.[1];
    assert.equal(target === undefined, link === undefined, link);
    next = target;
  }
  return pages;
}

/** Where a store's order by "/" and the order of the names differ. */
const TAGS = [
  "1",
  "1-a",
  "1.2",
  "1.2-alpine",
  "1.2-alpine.1",
  "1.2.1",
  "1.20",
  "1_2",
  "A",
  "_",
  "a",
  "latest",
  "v1",
  "v1-rc",
];

export const tags: Chapter = {
  ids: ["end-8"],
  title: "tags",
  define(cases) {
    cases.case("all of them in the order of their bytes, HEAD and GET alike", async ({ http }) => {
      await tag(http, "a/b", TAGS.toReversed());
      const answer = await assertHeadEqualsGet(http, "/v2/a/b/tags/list");
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json(), { name: "a/b", tags: TAGS.toSorted() });
      assert.equal(answer.header("content-type"), "application/json");
      assert.equal(answer.headers.link, undefined);
    });

    cases.case("pages of every size, followed to their end", async ({ http }) => {
      await tag(http, "a", TAGS);
      const sorted = TAGS.toSorted();
      for (let n = 1; n <= TAGS.length + 1; n++) {
        const pages = await follow(http, `/v2/a/tags/list?n=${n}`, "tags");
        assert.deepEqual(pages.flat(), sorted);
        assert.equal(pages.length, Math.ceil(TAGS.length / n));
        for (const page of pages.slice(0, -1)) assert.equal(page.length, n);
      }
    });

    cases.case("after a tag that is not there, or is no tag", async ({ http }) => {
      await tag(http, "a", TAGS);
      const sorted = TAGS.toSorted();
      for (const last of [
        "1.2",
        "1.2-",
        "1.2-alpinf",
        "1.3",
        "0",
        "zzz",
        "1/2",
        "é",
        "%",
        " ",
        "..",
        "x".repeat(500),
      ]) {
        const answer = await http.request("GET", `/v2/a/tags/list?last=${encodeURIComponent(last)}`);
        assert.equal(answer.status, 200);
        const expected = sorted.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(last)) > 0);
        assert.deepEqual(answer.json<{ tags: string[] }>().tags, expected, last);
      }
    });

    cases.case("none at all: n=0 has no Link, and the repository must be there", async ({ http }) => {
      await tag(http, "a", ["one", "two"]);
      const answer = await http.request("GET", "/v2/a/tags/list?n=0");
      assert.deepEqual(answer.json(), { name: "a", tags: [] });
      assert.equal(answer.headers.link, undefined);
      assertError(await http.request("GET", "/v2/b/tags/list?n=0"), 404, "NAME_UNKNOWN");
    });

    cases.case(
      "more than the limit is cut to it",
      async ({ http }) => {
        await tag(http, "a", TAGS);
        const pages = await follow(http, "/v2/a/tags/list?n=999999999", "tags");
        assert.deepEqual(pages.flat(), TAGS.toSorted());
        assert.equal(pages[0]?.length, 5);
        assert.equal((await follow(http, "/v2/a/tags/list", "tags")).length, 1);
      },
      { app: { limits: { maxManifestBytes: 100_000, maxCatalogEntries: 5, maxTags: 5 } } },
    );

    cases.case("an n that is no number", async ({ http }) => {
      await tag(http, "a", ["one"]);
      for (const n of ["-1", "x", "", "1.5", "1e3", "0x10"]) {
        assertError(await http.request("GET", `/v2/a/tags/list?n=${n}`), 400, "PAGINATION_NUMBER_INVALID");
      }
    });

    cases.case("a repository without tags, one whose last tag is gone, and one that never was", async ({ http }) => {
      const { digest } = await pushImage(http, "untagged");
      await tag(http, "gone", ["one"]);
      assert.equal((await http.request("DELETE", "/v2/gone/manifests/one")).status, 202);
      for (const name of ["untagged", "gone"]) {
        const answer = await http.request("GET", `/v2/${name}/tags/list`);
        assert.deepEqual(answer.json(), { name, tags: [] });
      }
      await pushBlob(http, "blobs/only", Buffer.from(digest));
      for (const name of ["blobs/only", "blobs", "never"]) {
        const answer = await http.request("GET", `/v2/${name}/tags/list`);
        assertError(answer, 404, "NAME_UNKNOWN");
        assert.deepEqual(answer.errors()[0]?.detail, { name });
      }
    });

    cases.case("the Link stays within the prefix", async ({ replica }) => {
      const { http } = await replica({ app: { locations: { prefix: "/some/path/", relative: false } } });
      for (const name of ["one", "two"]) {
        const answer = await http.request("PUT", `/some/path/v2/a/manifests/${name}`, { body: INDEX });
        assert.equal(answer.status, 201);
      }
      assert.deepEqual(await follow(http, "/some/path/v2/a/tags/list?n=1", "tags"), [["one"], ["two"]]);
    });

    cases.case("what others left there is no tag", async ({ http, driver }) => {
      await tag(http, "a", ["one"]);
      const prefix = "docker/registry/v2/repositories/a/_manifests/tags";
      await driver.put(`${prefix}/.hidden/current/link`, Buffer.from(digestOf(INDEX)));
      await driver.put(`${prefix}/a file`, Buffer.from("x"));
      for (const query of ["", "?n=5", "?n=1"]) {
        const answer = await http.request("GET", `/v2/a/tags/list${query}`);
        assert.deepEqual(answer.json(), { name: "a", tags: ["one"] });
      }
    });

    cases.case("a tag that is only half there can be deleted", async ({ http, driver }) => {
      await tag(http, "a", ["one"]);
      const hex = digestOf(INDEX).slice(7);
      const half = `docker/registry/v2/repositories/a/_manifests/tags/half/index/sha256/${hex}/link`;
      await driver.put(half, Buffer.from(digestOf(INDEX)));
      assertError(await http.request("GET", "/v2/a/manifests/half"), 404, "MANIFEST_UNKNOWN");
      assert.equal((await http.request("DELETE", "/v2/a/manifests/half")).status, 202);
      assert.deepEqual((await http.request("GET", "/v2/a/tags/list")).json(), { name: "a", tags: ["one"] });
      assertError(await http.request("DELETE", "/v2/a/manifests/half"), 404, "MANIFEST_UNKNOWN");
    });
  },
};

/** Where the order of names and the order of a tree differ. */
const REPOSITORIES = ["a", "a-b", "a-b/c", "a.b", "a/b", "a/b-c", "a/b/c", "a0", "ab", "b", "b/c/d/e", "c_d", "z"];

export const catalog: Chapter = {
  ids: ["catalog"],
  title: "",
  define(cases) {
    cases.case("all of them in the order of their bytes, HEAD and GET alike", async ({ http }) => {
      await Promise.all(REPOSITORIES.toReversed().map((name) => pushManifest(http, name, "latest", INDEX)));
      const answer = await assertHeadEqualsGet(http, "/v2/_catalog");
      assert.deepEqual(answer.json(), { repositories: REPOSITORIES.toSorted() });
      assert.equal(answer.headers.link, undefined);
    });

    cases.case("pages of every size, followed to their end", async ({ http }) => {
      await Promise.all(REPOSITORIES.map((name) => pushManifest(http, name, "latest", INDEX)));
      for (let n = 1; n <= REPOSITORIES.length + 1; n++) {
        const pages = await follow(http, `/v2/_catalog?n=${n}`, "repositories");
        assert.deepEqual(pages.flat(), REPOSITORIES.toSorted());
        assert.equal(pages.length, Math.ceil(REPOSITORIES.length / n));
      }
    });

    cases.case("after a name that is not there, or is none", async ({ http }) => {
      await Promise.all(REPOSITORIES.map((name) => pushManifest(http, name, "latest", INDEX)));
      for (const last of ["a", "a-", "a/", "a/b/", "a/b/cc", "b/c", "b/c/d/f", "0", "zz", "A", "%2F", "é"]) {
        const answer = await http.request("GET", `/v2/_catalog?last=${encodeURIComponent(last)}`);
        const expected = REPOSITORIES.toSorted().filter((name) => name > last);
        assert.deepEqual(answer.json<{ repositories: string[] }>().repositories, expected, last);
      }
    });

    cases.case("an empty registry, and none asked for", async ({ http }) => {
      assert.deepEqual((await http.request("GET", "/v2/_catalog")).json(), { repositories: [] });
      await pushManifest(http, "a", "latest", INDEX);
      const answer = await http.request("GET", "/v2/_catalog?n=0");
      assert.deepEqual(answer.json(), { repositories: [] });
      assert.equal(answer.headers.link, undefined);
    });

    cases.case("a hundred, unless more are asked for, and more than the limit is refused", async ({ http }) => {
      const names = Array.from({ length: 101 }, (_, index) => `r${String(index).padStart(3, "0")}`);
      await Promise.all(names.map((name) => pushManifest(http, name, "latest", INDEX)));
      const pages = await follow(http, "/v2/_catalog", "repositories");
      assert.deepEqual(
        pages.map(({ length }) => length),
        [100, 1],
      );
      assert.deepEqual(await follow(http, "/v2/_catalog?n=1000", "repositories"), [names]);
      for (const n of ["1001", "999999999", "-1", "x", ""]) {
        assertError(await http.request("GET", `/v2/_catalog?n=${n}`), 400, "PAGINATION_NUMBER_INVALID");
      }
    });

    cases.case(
      "a limit below a hundred is the default",
      async ({ http }) => {
        await Promise.all(REPOSITORIES.map((name) => pushManifest(http, name, "latest", INDEX)));
        assert.equal((await follow(http, "/v2/_catalog", "repositories"))[0]?.length, 5);
      },
      { app: { limits: { maxManifestBytes: 100_000, maxCatalogEntries: 5, maxTags: 5 } } },
    );

    cases.case("a repository is there from its first manifest to its last", async ({ http }) => {
      await pushBlob(http, "blobs/only", Buffer.from("x"));
      const { digest } = await pushImage(http, "a", "latest");
      assert.deepEqual((await http.request("GET", "/v2/_catalog")).json(), { repositories: ["a"] });
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, 202);
      assert.deepEqual((await http.request("GET", "/v2/_catalog")).json(), { repositories: [] });
    });
  },
};
