/** Uploads over slow lines, by clients that do what the specification asks for when something breaks. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "./images.ts";
import { complete, startUpload, statusOf, UnexpectedStatus, type Upload } from "./uploads.ts";

export interface SlowUpload {
  readonly bytes: Buffer;
  /** Bytes at a time, and how long between them. */
  readonly pieceBytes: number;
  readonly pauseMilliseconds: number;
}

const ATTEMPTS = 20;
const PAUSE = 200;

/** Resolves to how often the client had to ask again. Rejects when the registry refuses for good, or always fails. */
export async function pushSlowly(url: string, repository: string, slow: SlowUpload): Promise<number> {
  let failures = 0;
  const onFailure = () => {
    failures++;
  };
  for (;;) {
    try {
      const upload = await patient(() => startUpload(url, repository), onFailure);
      const sent = await sendAll(url, upload, slow, onFailure);
      await patient(() => complete(url, sent, digestOf(slow.bytes)), onFailure);
      return failures;
    } catch (error) {
      // The session is gone: the client begins anew.
      if (!(error instanceof UnexpectedStatus) || error.status !== 404 || failures > ATTEMPTS) throw error;
      onFailure();
    }
  }
}

async function sendAll(url: string, begun: Upload, slow: SlowUpload, onFailure: () => void): Promise<Upload> {
  let upload = begun;
  for (let attempt = 0; upload.offset < slow.bytes.length; attempt++) {
    if (attempt > ATTEMPTS) throw new Error(`the upload is at ${upload.offset} after ${attempt} attempts`);
    try {
      await patchSlowly(new URL(upload.path, url), slow, upload.offset);
    } catch {
      onFailure();
      await sleep(PAUSE);
    }
    upload = await patient(() => statusOf(url, upload), onFailure);
  }
  return upload;
}

/** The rest of the upload, as one streamed body. */
async function patchSlowly(target: URL, { bytes, pieceBytes, pauseMilliseconds }: SlowUpload, from: number) {
  const headers = { "content-type": "application/octet-stream", "content-length": bytes.length - from };
  const patch = request(target, { method: "PATCH", headers });
  const broken = once(patch, "error").then(([error]) => Promise.reject(error));
  broken.catch(() => {});
  const answered = once(patch, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  for (let offset = from; offset < bytes.length && !patch.destroyed; offset += pieceBytes) {
    patch.write(bytes.subarray(offset, offset + pieceBytes));
    await sleep(pauseMilliseconds);
  }
  patch.end();
  const [response] = await Promise.race([answered, broken]);
  response.resume();
  if (response.statusCode !== 202) throw new UnexpectedStatus("PATCH", response.statusCode ?? 0, "");
}

/** Asks again where there was no answer, or one that says that it may pass. */
async function patient<Value>(ask: () => Promise<Value>, onFailure: () => void): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === ATTEMPTS || (error instanceof UnexpectedStatus && error.status < 500)) throw error;
      onFailure();
      await sleep(PAUSE);
    }
  }
}
