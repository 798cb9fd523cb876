import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestOf } from "../../../src/oci/digest.ts";
import { RegistryError } from "../../../src/oci/errors.ts";
import { parseManifest, storedMediaType, storedSubject } from "../../../src/oci/manifest.ts";
import {
  DOCKER_IMAGE,
  DOCKER_LIST,
  DOCKER_SCHEMA_1_SIGNED,
  isMediaType,
  OCI_ARTIFACT,
  OCI_IMAGE,
  OCI_INDEX,
} from "../../../src/oci/media-types.ts";

const digests = fc.oneof(
  fc.uint8Array().map((bytes) => digestOf(bytes)),
  fc.uint8Array().map((bytes) => digestOf(bytes, "sha512")),
  fc.uint8Array().map((bytes) => digestOf(bytes)),
  fc.uint8Array().map((bytes) => digestOf(bytes)),
  fc.uint8Array().map((bytes) => digestOf(bytes)),
  fc.constantFrom("sha256:0", "", "md5:00"),
);
const mediaTypes = fc.constantFrom(
  OCI_IMAGE,
  OCI_INDEX,
  OCI_ARTIFACT,
  DOCKER_IMAGE,
  DOCKER_LIST,
  DOCKER_SCHEMA_1_SIGNED,
  "application/vnd.example+json",
  "",
  "a b",
  "x/y\r\nz: 1",
  "ä/ö",
);
const odd = fc.oneof(fc.constantFrom(null, 7, "text", true, [], {}, [null], [{}]), fc.jsonValue());
const maybe = <T>(good: fc.Arbitrary<T>) => fc.oneof({ weight: 30, arbitrary: good as fc.Arbitrary<unknown> }, odd);
const descriptors = maybe(
  fc.record(
    {
      mediaType: maybe(mediaTypes),
      digest: maybe(digests),
      size: maybe(fc.nat()),
      urls: maybe(fc.array(fc.string())),
      platform: maybe(fc.record({ os: fc.string(), architecture: fc.string() })),
    },
    { requiredKeys: ["mediaType", "digest", "size"] },
  ),
);
const common = {
  schemaVersion: maybe(fc.constantFrom(2, 2, 2, 1)),
  artifactType: maybe(fc.string()),
  subject: descriptors,
  annotations: maybe(fc.dictionary(fc.string(), fc.string())),
};
const lists = maybe(fc.array(descriptors, { maxLength: 2 }));
const documents = fc.oneof(
  fc.record(
    { ...common, mediaType: fc.constantFrom(OCI_IMAGE, DOCKER_IMAGE), config: descriptors, layers: lists },
    { requiredKeys: ["schemaVersion", "config"] },
  ),
  fc.record(
    { ...common, mediaType: fc.constantFrom(OCI_INDEX, DOCKER_LIST), manifests: lists },
    { requiredKeys: ["schemaVersion", "manifests"] },
  ),
  fc.record({ ...common, mediaType: fc.constant(OCI_ARTIFACT), blobs: lists }, { requiredKeys: ["mediaType"] }),
  fc.record(
    {
      ...common,
      mediaType: maybe(mediaTypes),
      config: descriptors,
      layers: lists,
      manifests: lists,
      blobs: lists,
      fsLayers: odd,
    },
    { requiredKeys: [] },
  ),
);
const bodies = fc.oneof(
  { weight: 8, arbitrary: documents.map((document) => Buffer.from(JSON.stringify(document))) },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
);
const contentTypes = fc.option(
  fc.oneof(
    mediaTypes,
    mediaTypes.map((type) => `${type.toUpperCase()}; charset=utf-8`),
    fc.string(),
  ),
  { nil: undefined, freq: 1 },
);

test("whatever comes, it is accepted or refused as manifest_invalid; what is accepted says the same when it is read", () => {
  let accepted = 0;
  fc.assert(
    fc.property(bodies, contentTypes, (bytes, contentType) => {
      try {
        const content = parseManifest(bytes, contentType);
        accepted++;
        assert.ok(isMediaType(content.mediaType));
        assert.equal(storedMediaType(bytes), content.mediaType);
        assert.equal(storedSubject(bytes), content.subject);
        assert.deepEqual(parseManifest(bytes, content.mediaType), content);
        assert.deepEqual(parseManifest(bytes, undefined), content);
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error));
        assert.equal(error.kind, "manifest_invalid");
        assert.ok(error.details.length <= 20);
      }
    }),
    { numRuns: 5000 },
  );
  assert.ok(accepted > 100, `only ${accepted} were accepted: the generator is no good`);
});

test("what others stored has a media type, or is no manifest", () => {
  fc.assert(
    fc.property(bodies, (bytes) => {
      try {
        assert.ok(isMediaType(storedMediaType(bytes)));
        storedSubject(bytes);
      } catch (error) {
        assert.ok(error instanceof RegistryError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("deep nesting is no way to stop the process", () => {
  for (const text of [
    "[".repeat(1_000_000),
    `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`,
    `{"config":${"[".repeat(50_000)}`,
  ]) {
    try {
      parseManifest(Buffer.from(text), OCI_IMAGE);
      assert.fail("accepted");
    } catch (error) {
      assert.ok(error instanceof RegistryError, String(error));
    }
  }
});

test("every fault has a detail with its place", () => {
  const document = {
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: { digest: "x" },
    layers: [{ digest: 7, size: -1 }],
  };
  assert.throws(
    () => parseManifest(Buffer.from(JSON.stringify(document)), undefined),
    (error: RegistryError) => {
      const messages = error.details.map(({ message = "" }) => message.split(":")[0]);
      assert.deepEqual(messages, ["config.digest", "layers.0.digest", "layers.0.size"]);
      return true;
    },
  );
});
