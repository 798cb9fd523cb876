/**
 * distribution writes append blobs, and Azure does not let a blob change its type: a block blob cannot replace one. A
 * copy can, if it is of an append blob too. So nobody ever finds nothing there, as between a delete and a put.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AppendBlobClient, BlobClient } from "@azure/storage-blob";
import { DriverError } from "../errors.ts";
import { newId, stagedName } from "./staging.ts";
import { blobOf, callOptions, HEADERS, type Store } from "./store.ts";

export interface Content {
  readonly size: number;
  /** `end` is exclusive. */
  read(start: number, end: number): Promise<Buffer>;
}

/** What every version of Azure takes in one append. */
const APPEND = 4 * 1024 ** 2;
const POLL_MILLISECONDS = 100;

export async function replaceAppendBlob(
  store: Store,
  key: string,
  content: Content,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = blobOf(store, key, operation);
  const staged = store.container.getAppendBlobClient(stagedName(store, newId(), key, operation));
  try {
    await fill(staged, content, signal);
    const answer = await copyOver(target, (await store.sourceOf(staged)).url, signal);
    if (answer.copyStatus !== "success") {
      throw new DriverError("unavailable", operation, { key, message: `the copy ended as ${answer.copyStatus}` });
    }
  } finally {
    await staged.deleteIfExists().catch((cause: Error) => store.warn("a staged blob remains", { key, cause }));
  }
}

async function fill(staged: AppendBlobClient, content: Content, signal: AbortSignal | undefined): Promise<void> {
  await staged.create({ blobHTTPHeaders: HEADERS, ...callOptions(signal) });
  for (let start = 0; start < content.size; start += APPEND) {
    const chunk = await content.read(start, Math.min(start + APPEND, content.size));
    await staged.appendBlock(chunk, chunk.length, callOptions(signal));
  }
}

/** Within an account it is done when it is answered; Azure only reserves the right to take longer. */
async function copyOver(target: BlobClient, source: string, signal: AbortSignal | undefined) {
  const poller = await target.beginCopyFromURL(source, callOptions(signal));
  for (;;) {
    const answer = poller.getResult();
    if (poller.isDone() && answer) return answer;
    await sleep(POLL_MILLISECONDS, undefined, signal ? { signal } : {});
    await poller.poll(callOptions(signal));
  }
}
