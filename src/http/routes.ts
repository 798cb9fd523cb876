/** Every endpoint: OCI distribution-spec, "Endpoints". A request's way starts here. */
import type { Access, RepositoryAction } from "../auth/access-controller.ts";
import type { RepositoryName } from "../oci/names.ts";
import { getBase } from "./base.ts";
import { deleteBlob, getBlob, headBlob } from "./blobs.ts";
import { getCatalog } from "./catalog.ts";
import type { Exchange } from "./exchange.ts";
import { deleteManifest, getManifest, putManifest } from "./manifests.ts";
import type { PathPattern } from "./path.ts";
import { getReferrers } from "./referrers.ts";
import { getTags } from "./tags.ts";
import { appendUpload, cancelUpload, completeUpload, getUpload, startUpload } from "./uploads.ts";

type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Route {
  /** The spec's number. */
  readonly id: string;
  readonly methods: readonly Method[];
  readonly path: PathPattern;
  readonly access: (repository: RepositoryName) => readonly Access[];
  readonly handle: (exchange: Exchange) => Promise<void> | void;
  /** What it changes, for registries that do not allow that. */
  readonly changes?: "content" | "removes";
  /** As what the audit log knows it. */
  readonly audit?: "push" | "delete";
  /** How metrics call it: as distribution does. */
  readonly name: string;
}

const on = (action: RepositoryAction) => (name: RepositoryName) => [{ type: "repository", name, action } as const];
const nothing = () => [];
const pull = on("pull");
const push = (name: RepositoryName) => [...on("pull")(name), ...on("push")(name)];
const list = on("list");
const remove = on("delete");

const BLOB = "/v2/{repository}/blobs/{digest}";
const UPLOAD = "/v2/{repository}/blobs/uploads/{upload}";
const MANIFEST = "/v2/{repository}/manifests/{reference}";

// biome-ignore format: a table reads by its columns
export const routes: readonly Route[] = [
  { id: "end-1", methods: ["GET", "HEAD"], path: "/v2/", access: nothing, handle: getBase, name: "base" },
  { id: "end-2", methods: ["GET"], path: BLOB, access: pull, handle: getBlob, name: "blob" },
  { id: "end-2", methods: ["HEAD"], path: BLOB, access: pull, handle: headBlob, name: "blob" },
  { id: "end-3", methods: ["GET", "HEAD"], path: MANIFEST, access: pull, handle: getManifest, name: "manifest" },
  { id: "end-4, end-11", methods: ["POST"], path: "/v2/{repository}/blobs/uploads/", access: push, handle: startUpload, changes: "content", audit: "push", name: "blob_upload" },
  { id: "end-5", methods: ["PATCH"], path: UPLOAD, access: push, handle: appendUpload, changes: "content", name: "blob_upload_chunk" },
  { id: "end-6", methods: ["PUT"], path: UPLOAD, access: push, handle: completeUpload, changes: "content", audit: "push", name: "blob_upload_chunk" },
  { id: "end-7", methods: ["PUT"], path: MANIFEST, access: push, handle: putManifest, changes: "content", audit: "push", name: "manifest" },
  { id: "end-8", methods: ["GET", "HEAD"], path: "/v2/{repository}/tags/list", access: list, handle: getTags, name: "tags" },
  { id: "end-9", methods: ["DELETE"], path: MANIFEST, access: remove, handle: deleteManifest, changes: "removes", audit: "delete", name: "manifest" },
  { id: "end-10", methods: ["DELETE"], path: BLOB, access: remove, handle: deleteBlob, changes: "removes", audit: "delete", name: "blob" },
  { id: "end-12", methods: ["GET", "HEAD"], path: "/v2/{repository}/referrers/{digest}", access: pull, handle: getReferrers, name: "referrers" },
  { id: "end-13", methods: ["GET", "HEAD"], path: UPLOAD, access: pull, handle: getUpload, name: "blob_upload_chunk" },
  { id: "end-14", methods: ["DELETE"], path: UPLOAD, access: push, handle: cancelUpload, changes: "content", name: "blob_upload_chunk" },
  { id: "catalog", methods: ["GET", "HEAD"], path: "/v2/_catalog", access: () => [{ type: "catalog" }], handle: getCatalog, name: "catalog" },
];

const byPath = new Map<PathPattern, Map<string, Route>>();
for (const route of routes) {
  const methods = byPath.get(route.path) ?? new Map<string, Route>();
  for (const method of route.methods) methods.set(method, route);
  byPath.set(route.path, methods);
}

export function findRoute(path: PathPattern, method: string): Route | undefined {
  return byPath.get(path)?.get(method);
}

export function methodsOf(path: PathPattern): string[] {
  return [...(byPath.get(path)?.keys() ?? [])];
}
