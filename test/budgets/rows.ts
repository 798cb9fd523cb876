/**
 * What a request may cost, in calls of the store. Each row is one kind of request, measured on a registry that has just
 * started and on one that has answered the same before.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { digestOf } from "../../src/oci/digest.ts";
import {
  artifactManifest,
  descriptorOf,
  imageManifest,
  indexManifest,
  pushBlob,
  pushManifest,
} from "../support/registry-content.ts";
import type { HttpClient } from "../support/registry-http.ts";

export interface Row {
  readonly name: string;
  readonly cold: number;
  readonly warm: number;
  /** What has to be there, pushed by another replica. */
  readonly prepare?: (http: HttpClient) => Promise<void>;
  readonly request: (http: HttpClient) => Promise<void>;
}

const REPOSITORY = "budget/app";
const LAYER = Buffer.alloc(2000, 1);
const EMPTY_INDEX = indexManifest([]);
const IMAGE = imageManifest({ layers: [LAYER] });
const image = digestOf(IMAGE);
const layer = digestOf(LAYER);

async function pushImage(http: HttpClient): Promise<void> {
  await pushBlob(http, REPOSITORY, Buffer.from("{}"));
  await pushBlob(http, REPOSITORY, LAYER);
  await pushManifest(http, REPOSITORY, "v1", IMAGE);
}

async function ask(http: HttpClient, method: string, path: string, status: number): Promise<void> {
  const answer = await http.request(method, `/v2/${REPOSITORY}/${path}`);
  assert.equal(answer.status, status, answer.body.toString());
}

/** As docker and podman do: look, start, send, end. */
export async function pushLikeDocker(http: HttpClient, repository: string, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  const head = await http.request("HEAD", `/v2/${repository}/blobs/${digest}`);
  if (head.status === 200) return;
  const started = await http.request("POST", `/v2/${repository}/blobs/uploads/`);
  const sent = await http.request("PATCH", started.location, { body: [bytes] });
  assert.equal(sent.status, 202, sent.body.toString());
  const ended = await http.request("PUT", `${sent.location}&digest=${digest}`);
  assert.equal(ended.status, 201, ended.body.toString());
}

export const rows: readonly Row[] = [
  {
    name: "GET blob, redirected",
    cold: 1,
    warm: 0,
    prepare: pushImage,
    request: (http) => ask(http, "GET", `blobs/${layer}`, 307),
  },
  {
    name: "GET blob after its manifest",
    cold: 3,
    warm: 1,
    prepare: pushImage,
    async request(http) {
      await ask(http, "GET", "manifests/v1", 200);
      await ask(http, "GET", `blobs/${layer}`, 307);
    },
  },
  {
    name: "HEAD blob that is there",
    cold: 2,
    warm: 2,
    prepare: pushImage,
    request: (http) => ask(http, "HEAD", `blobs/${layer}`, 200),
  },
  {
    name: "HEAD blob that is not",
    cold: 1,
    warm: 1,
    request: (http) => ask(http, "HEAD", `blobs/${layer}`, 404),
  },
  {
    name: "GET manifest by digest",
    cold: 2,
    warm: 0,
    prepare: pushImage,
    request: (http) => ask(http, "GET", `manifests/${image}`, 200),
  },
  {
    name: "HEAD manifest by digest",
    cold: 2,
    warm: 1,
    prepare: pushImage,
    request: (http) => ask(http, "HEAD", `manifests/${image}`, 200),
  },
  {
    name: "GET manifest by tag",
    cold: 3,
    warm: 1,
    prepare: pushImage,
    request: (http) => ask(http, "GET", "manifests/v1", 200),
  },
  {
    name: "PUT short blob, POST + PUT",
    cold: 2,
    warm: 2,
    request: async (http) => {
      const bytes = randomBytes(500);
      const started = await http.request("POST", `/v2/${REPOSITORY}/blobs/uploads/`);
      const ended = await http.request("PUT", `${started.location}&digest=${digestOf(bytes)}`, { body: bytes });
      assert.equal(ended.status, 201);
    },
  },
  {
    name: "PUT short blob, HEAD + POST + PATCH + PUT",
    cold: 6,
    warm: 6,
    request: (http) => pushLikeDocker(http, REPOSITORY, randomBytes(500)),
  },
  {
    name: "mount",
    cold: 3,
    warm: 3,
    prepare: pushImage,
    async request(http) {
      const answer = await http.request("POST", `/v2/budget/other/blobs/uploads/?mount=${layer}&from=${REPOSITORY}`);
      assert.equal(answer.status, 201);
    },
  },
  {
    name: "PUT manifest, its blobs just pushed here",
    cold: 8,
    warm: 8,
    // Two blobs at two calls each, and the manifest's four.
    async request(http) {
      const fresh = randomBytes(100);
      await pushBlob(http, REPOSITORY, Buffer.from("{}"));
      await pushBlob(http, REPOSITORY, fresh);
      await pushManifest(http, REPOSITORY, "v2", imageManifest({ layers: [fresh] }));
    },
  },
  {
    name: "PUT manifest of two blobs, pushed by another replica",
    cold: 8,
    warm: 4,
    prepare: pushImage,
    request: async (http) => void (await pushManifest(http, REPOSITORY, "v3", IMAGE)),
  },
  {
    name: "PUT manifest with a subject",
    cold: 7,
    warm: 5,
    prepare: pushImage,
    async request(http) {
      const subject = descriptorOf(IMAGE, "application/vnd.oci.image.manifest.v1+json");
      await pushManifest(http, REPOSITORY, "sig", artifactManifest(subject, "application/vnd.example.sbom"));
    },
  },
  {
    name: "tags/list",
    cold: 1,
    warm: 1,
    prepare: pushImage,
    request: (http) => ask(http, "GET", "tags/list?n=100", 200),
  },
  {
    name: "_catalog of a few repositories",
    cold: 1,
    warm: 1,
    async prepare(http) {
      for (const name of ["a", "a-b", "a/b", "c/d/e"]) await pushManifest(http, name, "v1", EMPTY_INDEX);
      await pushImage(http);
    },
    async request(http) {
      const answer = await http.request("GET", "/v2/_catalog?n=3");
      assert.deepEqual(answer.json(), { repositories: ["a", "a-b", "a/b"] });
    },
  },
  {
    name: "referrers of a manifest that has none",
    cold: 2,
    warm: 2,
    prepare: pushImage,
    request: (http) => ask(http, "GET", `referrers/${image}`, 200),
  },
];
