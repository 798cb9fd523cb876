/** Uploads step by step, as the specification has them: OCI distribution-spec, "Pushing a blob in chunks". */
import { request } from "node:http";

/** What a client knows: where to go on, as a path that every replica takes, and how many bytes were acknowledged. */
export interface Upload {
  readonly path: string;
  readonly offset: number;
}

export class UnexpectedStatus extends Error {
  readonly status: number;
  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body}`);
    this.status = status;
  }
}

export async function startUpload(url: string, repository: string): Promise<Upload> {
  const response = await send(url, `/v2/${repository}/blobs/uploads/`, { method: "POST" }, 202);
  return { path: locationOf(response), offset: 0 };
}

/** Rejects with an `UnexpectedStatus` where the server refuses, with something else where there is no answer. */
export async function append(url: string, { path, offset }: Upload, bytes: Buffer): Promise<Upload> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-range": `${offset}-${offset + bytes.length - 1}`,
  };
  return uploadOf(await send(url, path, { method: "PATCH", body: bytes, headers }, 202));
}

/** The upload as the server has it. */
export async function statusOf(url: string, { path }: Upload): Promise<Upload> {
  return uploadOf(await send(url, path, { method: "GET" }, 204));
}

export async function complete(url: string, { path }: Upload, digest: string): Promise<void> {
  const separator = path.includes("?") ? "&" : "?";
  await send(url, `${path}${separator}digest=${encodeURIComponent(digest)}`, { method: "PUT" }, 201);
}

/** Sends the beginning of a chunk, and hangs up. */
export async function appendAndBreakOff(url: string, { path }: Upload, bytes: Buffer, sent: number): Promise<void> {
  const patch = request(new URL(path, url), {
    method: "PATCH",
    headers: { "content-type": "application/octet-stream", "content-length": bytes.length },
  });
  patch.on("error", () => {}); // it is this side that hangs up
  await new Promise<void>((resolve) => patch.write(bytes.subarray(0, sent), () => resolve()));
  patch.destroy();
}

function uploadOf(response: Response): Upload {
  const last = /^0-(\d+)$/.exec(response.headers.get("range") ?? "")?.[1];
  if (last === undefined) throw new Error(`a Range that cannot be read: ${response.headers.get("range")}`);
  // There is no way to write an empty range: 0-0 is nothing, or one byte, which no test here sends.
  return { path: locationOf(response), offset: last === "0" ? 0 : Number(last) + 1 };
}

function locationOf(response: Response): string {
  const { pathname, search } = new URL(response.headers.get("location") ?? "", response.url);
  return pathname + search;
}

async function send(url: string, path: string, init: RequestInit, expected: number): Promise<Response> {
  const response = await fetch(new URL(path, url), init);
  const body = await response.text();
  if (response.status !== expected) throw new UnexpectedStatus(`${init.method} ${path}`, response.status, body);
  return response;
}
