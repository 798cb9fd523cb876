/** end-1, what load balancers ask, and the form of answers where there is no endpoint. */
import assert from "node:assert/strict";
import type { Access, AccessController } from "../../../src/auth/access-controller.ts";
import { assertError, assertHeadEqualsGet } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

/** Knows the users "ann" and "bob"; bob may nothing. Writes down what was asked. */
export function watchingAccess(): AccessController & { readonly asked: (readonly Access[])[] } {
  const asked: (readonly Access[])[] = [];
  return {
    description: "for tests",
    asked,
    async authorize(credentials, required) {
      asked.push(required);
      if (credentials?.scheme !== "basic") return { kind: "unauthenticated", challenge: 'Basic realm="test"' };
      if (credentials.username === "bob") return { kind: "denied" };
      return { kind: "granted", identity: { subject: credentials.username } };
    },
  };
}

export function basic(user: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:password`).toString("base64")}` };
}

export const base: Chapter = {
  ids: ["end-1"],
  title: "base",
  define(cases) {
    cases.case("answers an empty object, HEAD the same without it", async ({ http }) => {
      const answer = await assertHeadEqualsGet(http, "/v2/");
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json(), {});
      assert.equal(answer.header("content-type"), "application/json");
      assert.equal(answer.header("docker-distribution-api-version"), "registry/2.0");
    });

    cases.case(
      "asks who is there, and says no to those who may not",
      async ({ http }) => {
        const anonymous = await http.request("GET", "/v2/");
        assertError(anonymous, 401, "UNAUTHORIZED");
        assert.equal(anonymous.header("www-authenticate"), 'Basic realm="test"');
        assertError(await http.request("GET", "/v2/", { headers: basic("bob") }), 403, "DENIED");
        assert.equal((await http.request("GET", "/v2/", { headers: basic("ann") })).status, 200);
        const head = await http.request("HEAD", "/v2/");
        assert.equal(head.status, 401);
        assert.equal(head.body.length, 0);
      },
      { access: watchingAccess() },
    );

    cases.case("takes credentials that it cannot read for none", async ({ replica }) => {
      const { http } = await replica({ access: watchingAccess() });
      for (const authorization of ["", "Basic", "Basic ", "Digest x", "Basic !!", "bearer", "\u00e4"]) {
        const answer = await http.request("GET", "/v2/", { headers: { authorization } });
        assert.ok([200, 401].includes(answer.status), authorization);
      }
    });
  },
};

export const probes: Chapter = {
  ids: ["probes"],
  title: "",
  define(cases) {
    cases.case("/ is empty, and never cached", async ({ http }) => {
      const answer = await http.request("GET", "/");
      assert.equal(answer.status, 200);
      assert.equal(answer.body.length, 0);
      assert.equal(answer.header("cache-control"), "no-cache");
    });

    cases.case("/livez", async ({ http }) => {
      assert.equal((await http.request("GET", "/livez")).status, 200);
    });

    cases.case("/readyz follows the switch and the store", async ({ http, replica }) => {
      assert.equal((await http.request("GET", "/readyz")).status, 200);
      const draining = await replica({ isReady: () => false });
      assert.equal((await draining.http.request("GET", "/readyz")).status, 503);
    });

    let storeAnswers = true;
    cases.case(
      "/readyz is 503 while the store does not answer, /livez is not",
      async ({ http }) => {
        storeAnswers = false;
        assert.equal((await http.request("GET", "/readyz")).status, 503);
        assert.equal((await http.request("GET", "/livez")).status, 200);
        storeAnswers = true;
        assert.equal((await http.request("GET", "/readyz")).status, 200);
      },
      {
        wrap: (driver) => ({
          ...driver,
          async check() {
            if (!storeAnswers) throw new Error("away");
          },
        }),
      },
    );

    cases.case("/v2 leads to /v2/", async ({ http, replica }) => {
      const answer = await http.request("GET", "/v2");
      assert.equal(answer.status, 301);
      assert.equal(answer.header("location"), "/v2/");
      const prefixed = await replica({ app: { locations: { prefix: "/path/", relative: true } } });
      assert.equal((await prefixed.http.request("GET", "/path/v2")).header("location"), "/path/v2/");
      assert.equal((await prefixed.http.request("GET", "/path/v2/")).status, 200);
    });

    cases.case("what is no endpoint is 404 in the spec's form", async ({ http }) => {
      for (const path of ["/v2/a", "/v2/a/b/c", "/v2//", "/v2/_catalog/", "/v2/tags/list", "/v1/", "/other", "/V2/"]) {
        assertError(await http.request("GET", path), 404, "UNSUPPORTED");
      }
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        assertError(await http.request(method, "/v2/a"), 404, "UNSUPPORTED");
      }
    });

    cases.case("what is outside of the prefix is 404 in the spec's form", async ({ replica }) => {
      const { http } = await replica({ app: { locations: { prefix: "/path/", relative: true } } });
      for (const path of ["/v2/", "/v2/a/tags/list", "/pathv2/", "/path", "/other"]) {
        assertError(await http.request("GET", path), 404, "UNSUPPORTED");
      }
    });

    cases.case("a method that an endpoint does not have is 405, and Allow tells which it has", async ({ http }) => {
      const digest = `sha256:${"0".repeat(64)}`;
      const allowed = {
        "/v2/": "GET, HEAD",
        "/v2/_catalog": "GET, HEAD",
        "/v2/a/tags/list": "GET, HEAD",
        [`/v2/a/blobs/${digest}`]: "GET, HEAD, DELETE",
        "/v2/a/manifests/latest": "GET, HEAD, PUT, DELETE",
        "/v2/a/blobs/uploads/": "POST",
        "/v2/a/blobs/uploads/id": "PATCH, PUT, GET, HEAD, DELETE",
        [`/v2/a/referrers/${digest}`]: "GET, HEAD",
      };
      for (const [path, methods] of Object.entries(allowed)) {
        for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"]) {
          if (methods.split(", ").includes(method)) continue;
          const answer = await http.request(method, path);
          assertError(answer, 405, "UNSUPPORTED");
          assert.equal(answer.header("allow"), methods);
        }
      }
    });

    cases.case("a name, a digest and an escape that are none are 400", async ({ http }) => {
      const digest = `sha256:${"0".repeat(64)}`;
      for (const name of ["", "A", "a//b", "a/", "-a", "a_", "a..b", "a%2fb", "%00", "%ff", "a".repeat(256)]) {
        assertError(await http.request("GET", `/v2/${name}/blobs/${digest}`), 400, "NAME_INVALID");
      }
      for (const text of ["sha256:00", `sha256:${"A".repeat(64)}`, `md5:${"0".repeat(32)}`, "sha512:", "latest"]) {
        assertError(await http.request("GET", `/v2/a/blobs/${text}`), 400, "DIGEST_INVALID");
        assertError(await http.request("GET", `/v2/a/referrers/${text}`), 400, "DIGEST_INVALID");
      }
      for (const tag of [".a", "-a", "a".repeat(129), "a+b", "%20"]) {
        assertError(await http.request("GET", `/v2/a/manifests/${tag}`), 400, "TAG_INVALID");
      }
    });

    cases.case("every answer has a request id, the client's if it is one", async ({ http }) => {
      const given = await http.request("GET", "/v2/", { headers: { "x-request-id": "abc-1.2_3" } });
      assert.equal(given.header("x-request-id"), "abc-1.2_3");
      const odd = await http.request("GET", "/v2/", { headers: { "x-request-id": "a b\u00e4" } });
      assert.match(odd.header("x-request-id"), /^[0-9a-f-]{36}$/);
    });

    cases.case(
      "the configured headers are on every answer",
      async ({ http }) => {
        for (const path of ["/", "/v2/", "/v2/nothing/here"]) {
          const answer = await http.request("GET", path);
          assert.equal(answer.header("x-content-type-options"), "nosniff");
          assert.equal(answer.header("x-two"), "1, 2");
        }
      },
      { app: { headers: { "X-Content-Type-Options": ["nosniff"], "X-Two": ["1", "2"] } } },
    );
  },
};
