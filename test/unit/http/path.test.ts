import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ParsedPath, type PathPattern, parsePath } from "../../../src/http/path.ts";
import { RegistryError } from "../../../src/oci/errors.ts";

const KEYWORDS = ["blobs", "uploads", "manifests", "tags", "list", "referrers", "_catalog", "v2", "a", "b-c", "latest"];
const DIGEST = `sha256:${"0".repeat(64)}`;

const names = fc.array(fc.constantFrom(...KEYWORDS), { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
const lasts = fc.constantFrom("latest", "list", "tags", "blobs", "manifests", "id", DIGEST);

const ENDPOINTS: readonly (readonly [pattern: PathPattern, write: (name: string, last: string) => string])[] = [
  ["/v2/{repository}/blobs/uploads/", (name) => `/v2/${name}/blobs/uploads/`],
  ["/v2/{repository}/blobs/uploads/", (name) => `/v2/${name}/blobs/uploads`],
  ["/v2/{repository}/blobs/uploads/{upload}", (name, last) => `/v2/${name}/blobs/uploads/${last}`],
  ["/v2/{repository}/blobs/{digest}", (name, last) => `/v2/${name}/blobs/${last}`],
  ["/v2/{repository}/manifests/{reference}", (name, last) => `/v2/${name}/manifests/${last}`],
  ["/v2/{repository}/referrers/{digest}", (name, last) => `/v2/${name}/referrers/${last}`],
  ["/v2/{repository}/tags/list", (name) => `/v2/${name}/tags/list`],
];

test("every endpoint of every repository is found again, whatever its name is made of", () => {
  fc.assert(
    fc.property(names, lasts, fc.constantFrom(...ENDPOINTS), (repository, last, [pattern, write]) => {
      const parsed = parsePath(write(repository, last));
      const takesLast = pattern.endsWith("}");
      const expected = takesLast ? last : pattern.endsWith("list") ? "list" : "";
      assert.deepEqual(parsed, { pattern, repository, last: expected });
    }),
    { numRuns: 3000 },
  );
});

/** One expression for each endpoint, tried in the order of the spec's words; the name takes all it can. */
const NAIVE: readonly (readonly [pattern: PathPattern, expression: RegExp])[] = [
  ["/v2/", /^\/v2\/$/],
  ["/v2/_catalog", /^\/v2\/_catalog$/],
  ["/v2/{repository}/tags/list", /^\/v2\/(.*)\/tags\/(list)$/s],
  ["/v2/{repository}/blobs/uploads/{upload}", /^\/v2\/(.*)\/blobs\/uploads\/([^/]+)$/s],
  ["/v2/{repository}/blobs/uploads/", /^\/v2\/(.*)\/blobs\/uploads\/?()$/s],
  ["/v2/{repository}/blobs/{digest}", /^\/v2\/(.*)\/blobs\/([^/]*)$/s],
  ["/v2/{repository}/manifests/{reference}", /^\/v2\/(.*)\/manifests\/([^/]*)$/s],
  ["/v2/{repository}/referrers/{digest}", /^\/v2\/(.*)\/referrers\/([^/]*)$/s],
];

function naive(path: string): ParsedPath | undefined {
  for (const [pattern, expression] of NAIVE) {
    const [match, repository = "", last = ""] = expression.exec(path) ?? [];
    if (match !== undefined) return { pattern, repository, last };
  }
  return undefined;
}

test("any path means what one expression for each endpoint says", () => {
  const segments = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...KEYWORDS, "") }, fc.string({ maxLength: 5 }));
  const paths = fc.array(segments, { maxLength: 8 }).map((parts) => `/v2/${parts.join("/")}`);
  fc.assert(
    fc.property(
      fc.oneof(paths, fc.string()).filter((path) => !path.includes("%")),
      (path) => assert.deepEqual(parsePath(path), naive(path)),
    ),
    { numRuns: 5000 },
  );
});

test("escapes are read in names and references, and never make a slash", () => {
  assert.deepEqual(parsePath("/v2/%61%2Db/manifests/%6Catest"), {
    pattern: "/v2/{repository}/manifests/{reference}",
    repository: "a-b",
    last: "latest",
  });
  assert.equal(parsePath("/v2/a/manifests/sha256%3Aabc")?.last, "sha256:abc");
  const escapes = fc.constantFrom("%2f", "%2F", "%", "%zz", "%ff", "%c3", "%2", "a%2Fb", "%25", "%41", "%00", "ok");
  fc.assert(
    fc.property(escapes, escapes, (name, last) => {
      try {
        const parsed = parsePath(`/v2/${name}/blobs/${last}`);
        assert.ok(!parsed?.repository.includes("/") && !parsed?.last.includes("/"));
      } catch (error) {
        assert.ok(error instanceof RegistryError && error.kind === "name_invalid");
      }
    }),
  );
});
