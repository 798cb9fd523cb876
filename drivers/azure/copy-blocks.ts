/** Azure copies up to 256 MiB with one request. What is larger, or an append blob, it reads block by block. */
import type { BlockBlobClient } from "@azure/storage-blob";
import { forEachAtOnce } from "../at-once.ts";
import { DriverError } from "../errors.ts";
import { blockId } from "./block-id.ts";
import type { Source } from "./copy.ts";
import type { CopySource } from "./sources.ts";
import { blockBlobOf, callOptions, HEADERS, type Store } from "./store.ts";

const AT_ONCE = 16;
const MOST_BLOCKS = 50_000;

/**
 * Whoever commits drops the blocks that others have staged for the same blob. Their commits then fail as `unavailable`, and
 * are worth another attempt.
 */
export async function copyInBlocks(
  store: Store,
  source: Source,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = blockBlobOf(store, key, operation);
  const blocks = blocksOf(source.size, store.limits.copyBlock);
  await stageAll(target, await store.sourceOf(source.blob), blocks, signal);
  await assertUnchanged(source, key, operation, signal);
  await target.commitBlockList(
    blocks.map(({ id }) => id),
    { blobHTTPHeaders: HEADERS, ...callOptions(signal) },
  );
}

interface Block {
  readonly id: string;
  readonly start: number;
  readonly size: number;
}

function blocksOf(size: number, wished: number): readonly Block[] {
  const block = Math.max(wished, Math.ceil(size / MOST_BLOCKS));
  return Array.from({ length: Math.ceil(size / block) }, (_, index) => {
    const start = index * block;
    const bytes = Math.min(block, size - start);
    return { id: blockId(index + 1, bytes), start, size: bytes };
  });
}

async function stageAll(
  target: BlockBlobClient,
  { url, options }: CopySource,
  blocks: readonly Block[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await forEachAtOnce(blocks, AT_ONCE, ({ id, start, size }) =>
    target.stageBlockFromURL(id, url, start, size, { ...options, ...callOptions(signal) }),
  );
}

/** Blocks are read at different times. */
async function assertUnchanged(
  { blob, etag }: Source,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const now = await blob.getProperties(callOptions(signal));
  if (now.etag === etag) return;
  throw new DriverError("unavailable", operation, { key, message: "the source changed while it was copied" });
}
