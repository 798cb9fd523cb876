/** end-4, end-5, end-6, end-11, end-13 and end-14: uploads, and mounts. */
import type { OutgoingHttpHeaders } from "node:http";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, parseDigest, parseDigestAlgorithm } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName } from "../oci/names.ts";
import type { UploadSession } from "../registry/upload-session.ts";
import type { Exchange } from "./exchange.ts";
import { uploadBodyOf } from "./request-body.ts";
import { sendEmpty } from "./respond.ts";

/** What is too short for a part of the store waits in the session's record, so a chunk of any length will do. */
const MIN_CHUNK_BYTES = 1;

export async function startUpload(exchange: Exchange): Promise<void> {
  const { registry, request, response, repository, query, signal } = exchange;
  const algorithmText = query.get("digest-algorithm");
  const algorithm = algorithmText === null ? undefined : parseDigestAlgorithm(algorithmText);
  const mounted = await mount(exchange);
  if (mounted) return sendCreated(exchange, mounted);

  const digestText = query.get("digest");
  if (digestText !== null) {
    const digest = parseDigest(digestText);
    return sendCreated(
      exchange,
      await registry.uploads.upload(repository, digest, uploadBodyOf(request, response), { signal }),
    );
  }
  sendSession(exchange, 202, registry.uploads.start(repository, { algorithm }));
}

export async function getUpload(exchange: Exchange): Promise<void> {
  sendSession(exchange, 204, await exchange.registry.uploads.resume(sessionOf(exchange), exchange));
}

export async function appendUpload(exchange: Exchange): Promise<void> {
  const { registry, request, response, signal } = exchange;
  const session = sessionOf(exchange);
  sendSession(exchange, 202, await registry.uploads.append(session, uploadBodyOf(request, response), { signal }));
}

export async function completeUpload(exchange: Exchange): Promise<void> {
  const { registry, request, response, query, signal } = exchange;
  const session = sessionOf(exchange);
  const digest = requiredDigest(query);
  sendCreated(exchange, await registry.uploads.complete(session, digest, uploadBodyOf(request, response), { signal }));
}

export async function cancelUpload(exchange: Exchange): Promise<void> {
  await exchange.registry.uploads.cancel(sessionOf(exchange), exchange);
  sendEmpty(exchange.response, 204);
}

/** `undefined`: nothing was asked for, or there is nothing to mount; the spec then wants an upload to start. */
async function mount(exchange: Exchange): Promise<Descriptor | undefined> {
  const { registry, repository, query, signal } = exchange;
  const text = query.get("mount");
  if (text === null) return undefined;
  const digest = parseDigest(text);
  const from = query.get("from");
  if (!from) return await mountFromAnywhere(exchange, digest);
  const source = parseRepositoryName(from);
  const readSource = { type: "repository", name: source, action: "pull" } as const;
  const onTarget = (["pull", "push"] as const).map((action) => ({ ...readSource, name: repository, action }));
  // Whether or not there is such a source: to a caller who may not read it, there is none.
  if (!(await exchange.mayOrAsk([...onTarget, readSource]))) return undefined;
  return await registry.blobs.mount(repository, source, digest, { signal });
}

/** Never from a repository that the caller may not pull from, nor in a way that tells that there is one. */
async function mountFromAnywhere(
  { registry, repository, may, signal }: Exchange,
  digest: Digest,
): Promise<Descriptor | undefined> {
  const held = await registry.blobs.find(repository, digest, { signal });
  const holder = held ? undefined : registry.blobs.holderOf(digest);
  if (holder === undefined || !(await may({ type: "repository", name: holder, action: "pull" }))) return held;
  return await registry.blobs.mount(repository, holder, digest, { signal });
}

function sessionOf({ states, repository, last: id, query, identity: caller }: Exchange): UploadSession {
  return states.parse(query.get("_state"), { repository, id, caller });
}

function requiredDigest(query: URLSearchParams): Digest {
  const text = query.get("digest");
  if (text === null)
    throw new RegistryError("digest_invalid", "the digest is missing: end an upload with ?digest=<digest>");
  return parseDigest(text);
}

function sendSession(
  { request, response, locations, states, identity }: Exchange,
  status: number,
  session: UploadSession,
): void {
  const { id, repository, offset } = session;
  const headers: OutgoingHttpHeaders = {
    location: locations.upload(request, repository, id, states.format(session, identity)),
    // There is no way to write an empty range; this is what clients know.
    range: `0-${Math.max(0, offset - 1)}`,
    "docker-upload-uuid": id,
    "oci-chunk-min-length": MIN_CHUNK_BYTES,
  };
  sendEmpty(response, status, headers);
}

function sendCreated({ request, response, repository, locations }: Exchange, { digest }: Descriptor): void {
  sendEmpty(response, 201, {
    location: locations.blob(request, repository, digest),
    "docker-content-digest": digest,
  });
}
