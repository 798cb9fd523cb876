/** What a client has to show to go on with an upload. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { startUpload, withDigest } from "../../support/registry-content.ts";
import { type Answer, assertError, type HttpClient } from "../../support/registry-http.ts";
import { HOUR } from "../../support/registry-world.ts";
import { basic, watchingAccess } from "./base.ts";
import type { Chapter } from "./harness.ts";
import { assertCreated, assertSession } from "./uploads.ts";

/** Every way to use a state. */
async function useState(http: HttpClient, path: string, headers = {}): Promise<Answer[]> {
  const digest = digestOf(bytesOf(10));
  return [
    await http.request("GET", path, { headers }),
    await http.request("PATCH", path, { headers, body: bytesOf(10) }),
    await http.request("PUT", withDigest(path, digest), { headers, body: bytesOf(10) }),
    await http.request("DELETE", path, { headers }),
  ];
}

const stateOf = (path: string) => new URLSearchParams(path.split("?")[1]).get("_state") ?? assert.fail();
const withState = (path: string, state: string) => `${path.split("?")[0]}?_state=${encodeURIComponent(state)}`;

export const states: Chapter = {
  ids: ["end-5, end-6, end-13, end-14"],
  title: "states of uploads",
  define(cases) {
    cases.case("none", async ({ http }) => {
      const [path = ""] = (await startUpload(http, "a")).split("?");
      for (const answer of await useState(http, path)) assertError(answer, 400, "BLOB_UPLOAD_INVALID");
      for (const answer of await useState(http, `${path}?_state=`)) assertError(answer, 400, "BLOB_UPLOAD_INVALID");
    });

    cases.case("tampered with, cut, or made up", async ({ http }) => {
      const path = await startUpload(http, "a");
      const state = stateOf(path);
      const bytes = Buffer.from(state, "base64url");
      const spoilt = [0, 31, 32, 40, bytes.length - 1].map((index) => {
        const copy = Buffer.from(bytes);
        copy[index] = (copy[index] ?? 0) ^ 1;
        return copy.toString("base64url");
      });
      const others = [
        state.slice(0, -4),
        `${state}AAAA`,
        "x",
        "AAAA",
        "A".repeat(10_000),
        "\u0000",
        Buffer.alloc(32).toString("base64url"),
      ];
      for (const bad of [...spoilt, ...others]) {
        for (const answer of await useState(http, withState(path, bad)))
          assertError(answer, 400, "BLOB_UPLOAD_INVALID");
      }
      assertSession(await http.request("GET", path), 204, 0);
    });

    cases.case("of another repository, or of another upload", async ({ http }) => {
      const path = await startUpload(http, "a");
      const other = await startUpload(http, "a");
      const swapped = withState(path, stateOf(other));
      for (const wrong of [swapped, path.replace("/v2/a/", "/v2/b/"), path.replace("/v2/a/", "/v2/a/a/")]) {
        for (const answer of await useState(http, wrong)) assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
      }
    });

    cases.case(
      "of another caller",
      async ({ http }) => {
        const posted = await http.request("POST", "/v2/a/blobs/uploads/", { headers: basic("ann") });
        assert.ok(!Buffer.from(stateOf(posted.location), "base64url").includes("ann"));
        for (const answer of await useState(http, posted.location, basic("eve"))) {
          assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
        }
        assertSession(await http.request("GET", posted.location, { headers: basic("ann") }), 204, 0);
      },
      { access: watchingAccess() },
    );

    cases.case("too old", async ({ http, runtime }) => {
      const path = await startUpload(http, "a");
      await runtime.advance(168 * HOUR);
      assertSession(await http.request("GET", path), 204, 0);
      await runtime.advance(1);
      for (const answer of await useState(http, path)) assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
    });

    cases.case("its age counts from the POST", async ({ http, runtime }) => {
      let location = await startUpload(http, "a");
      for (let n = 0; n < 2; n++) {
        await runtime.advance(80 * HOUR);
        location = (await http.request("PATCH", location, { body: bytesOf(10) })).location;
      }
      await runtime.advance(80 * HOUR);
      for (const answer of await useState(http, location)) assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
    });

    cases.case("signed with another secret", async ({ http, replica }) => {
      const path = await startUpload(http, "a");
      const stranger = await replica({ app: { secrets: ["another secret"] } });
      for (const answer of await useState(stranger.http, path)) assertError(answer, 400, "BLOB_UPLOAD_INVALID");
    });

    cases.case("a secret can be replaced while uploads go on", async ({ http, replica }) => {
      const path = await startUpload(http, "a");
      // First every replica learns the new one, then they sign with it, then they forget the old one.
      const learning = await replica({ app: { secrets: ["the test's secret", "new"] } });
      const signing = await replica({ app: { secrets: ["new", "the test's secret"] } });
      const done = await replica({ app: { secrets: ["new"] } });
      const one = assertSession(await learning.http.request("PATCH", path, { body: bytesOf(10) }), 202, 10);
      const two = assertSession(await signing.http.request("PATCH", one, { body: bytesOf(10) }), 202, 20);
      assertSession(await learning.http.request("GET", two), 204, 20);
      const digest = digestOf(Buffer.concat([bytesOf(10), bytesOf(10)]));
      assertCreated(await done.http.request("PUT", withDigest(two, digest)), digest);
    });

    cases.case("distribution's, signed with the same secret: its uploads are not shared", async ({ http, runtime }) => {
      const path = await startUpload(http, "a");
      const UUID = path.split("?")[0]?.split("/").at(-1);
      for (const StartedAt of [new Date(runtime.now()).toISOString(), "2030-01-01T02:00:00.123456789+02:00", ""]) {
        const payload = Buffer.from(JSON.stringify({ Name: "a", UUID, Offset: 0, StartedAt }));
        const mac = createHmac("sha256", "the test's secret").update(payload).digest();
        const state = Buffer.concat([mac, payload]).toString("base64url");
        for (const answer of await useState(http, withState(path, state))) {
          assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
        }
      }
    });
  },
};
