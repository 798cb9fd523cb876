import assert from "node:assert/strict";
import type { Access } from "../../../src/auth/access-controller.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { imageManifest, pushBlob, pushManifest, withDigest } from "../../support/registry-content.ts";
import { type RecordedCalls, recordCalls } from "../../support/registry-drivers.ts";
import { assertError, type HttpClient } from "../../support/registry-http.ts";
import { basic, watchingAccess } from "./base.ts";
import type { Chapter } from "./harness.ts";

const mount = (http: HttpClient, digest: string, from?: string, headers = {}) =>
  http.request("POST", `/v2/target/blobs/uploads/?mount=${digest}${from === undefined ? "" : `&from=${from}`}`, {
    headers,
  });

/** Ann may not pull from "secret". */
const DISCREET = {
  description: "for tests",
  async authorize(_: unknown, required: readonly Access[]) {
    const touchesSecret = required.some((access) => access.type === "repository" && access.name === "secret");
    if (touchesSecret) return { kind: "denied" } as const;
    return { kind: "granted", identity: { subject: "ann" } } as const;
  },
};

export const mounts: Chapter = {
  ids: ["end-11"],
  title: "mounting blobs",
  define(cases) {
    for (const algorithm of ["sha256", "sha512"] as const) {
      cases.case(`from a repository that holds it: 201, and no byte moves: ${algorithm}`, async (c) => {
        const bytes = bytesOf(c.longBytes);
        const digest = await pushBlob(c.http, "source/x", bytes, algorithm);
        const answer = await mount(c.http, digest, "source/x");
        assert.equal(answer.status, 201);
        assert.equal(answer.header("docker-content-digest"), digest);
        assert.equal(answer.header("location"), `/v2/target/blobs/${digest}`);
        assert.ok((await c.http.request("GET", answer.location)).body.equals(bytes));
      });
    }

    cases.case("from one that does not: 202, and the upload can begin", async ({ http }) => {
      const bytes = bytesOf(10);
      const digest = await pushBlob(http, "source", bytes);
      for (const from of ["other", "target", "source/deeper"]) {
        const answer = await mount(http, digest, from);
        assert.equal(answer.status, 202);
        assert.equal(answer.header("range"), "0-0");
        assertError(await http.request("GET", `/v2/target/blobs/${digest}`), 404, "BLOB_UNKNOWN");
      }
      const { location } = await mount(http, digest, "other");
      assert.equal((await http.request("PUT", withDigest(location, digest), { body: bytes })).status, 201);
    });

    cases.case("a link without its bytes is nothing to mount", async ({ http, driver }) => {
      const digest = await pushBlob(http, "source", bytesOf(10));
      await driver.delete(`docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`);
      assert.equal((await mount(http, digest, "source")).status, 202);
    });

    cases.case("after the source is gone from its repository, the mount stays", async ({ http }) => {
      const bytes = bytesOf(10);
      const digest = await pushBlob(http, "source", bytes);
      assert.equal((await mount(http, digest, "source")).status, 201);
      await http.request("DELETE", `/v2/source/blobs/${digest}`);
      assert.ok((await http.request("GET", `/v2/target/blobs/${digest}`)).body.equals(bytes));
      assert.equal((await mount(http, digest, "source")).status, 202);
    });

    cases.case("what was mounted can be referenced", async ({ http, replica }) => {
      const config = Buffer.from("{}");
      const digest = await pushBlob(http, "source", config);
      await mount(http, digest, "source");
      await pushManifest(http, "target", "latest", imageManifest({ config }));
      await pushManifest((await replica()).http, "target", "other", imageManifest({ config }));
    });

    cases.case("without a source: from where this process has seen it", async ({ http }) => {
      const bytes = bytesOf(10);
      const digest = await pushBlob(http, "source", bytes);
      const answer = await mount(http, digest);
      assert.equal(answer.status, 201);
      assert.ok((await http.request("GET", answer.location)).body.equals(bytes));
      assert.equal((await mount(http, digest)).status, 201);
      assert.equal((await mount(http, digestOf(bytesOf(11)))).status, 202);
      assert.equal((await mount(http, digest, "")).status, 201);
    });

    cases.case("without a source: what has been deleted there is nothing to mount", async ({ http, replica }) => {
      const digest = await pushBlob(http, "source", bytesOf(10));
      const other = await replica();
      await other.http.request("DELETE", `/v2/source/blobs/${digest}`);
      assert.equal((await mount(http, digest)).status, 202);
    });

    cases.case(
      "never from where the caller may not pull, and in no way that tells that it is there",
      async ({ http, replica }) => {
        const digest = await pushBlob(http, "secret", bytesOf(10));
        const { http: ann } = await replica({ access: DISCREET });
        const headers = basic("ann");
        for (const client of [ann]) {
          for (const wanted of [digest, digestOf(bytesOf(11))]) {
            for (const from of ["secret", "nowhere", undefined]) {
              const answer = await mount(client, wanted, from, headers);
              assert.equal(answer.status, 202);
              assert.equal(answer.body.length, 0);
            }
          }
          assertError(await client.request("GET", `/v2/target/blobs/${digest}`, { headers }), 404, "BLOB_UNKNOWN");
        }
      },
    );

    cases.case("a named mount asks for pull on the source as well", async ({ replica }) => {
      const access = watchingAccess();
      const { http } = await replica({ access });
      await mount(http, digestOf(bytesOf(1)), "source", basic("ann"));
      const onTarget = [
        { type: "repository", name: "target", action: "pull" },
        { type: "repository", name: "target", action: "push" },
      ];
      assert.deepEqual(access.asked, [onTarget, [...onTarget, { type: "repository", name: "source", action: "pull" }]]);
    });

    cases.case("a digest or a source that is none", async ({ http }) => {
      assertError(await mount(http, "sha256:x", "source"), 400, "DIGEST_INVALID");
      assertError(await mount(http, digestOf(bytesOf(1)), "Not-a-name"), 400, "NAME_INVALID");
      assertError(await mount(http, digestOf(bytesOf(1)), "../source"), 400, "NAME_INVALID");
    });

    let recorded: RecordedCalls | undefined;
    cases.case(
      "reads the link and looks at the bytes, and writes the link",
      async ({ http }) => {
        const digest = await pushBlob(http, "source", bytesOf(10));
        recorded?.forget();
        assert.equal((await mount(http, digest, "source")).status, 201);
        assert.deepEqual(
          recorded?.calls.map(({ operation }) => operation),
          ["get", "head", "put"],
        );
      },
      {
        wrap(driver) {
          recorded = recordCalls(driver);
          return recorded.driver;
        },
      },
    );
  },
};
