/** A part that is written while it arrives. Measured: batches of 1 MiB, two of them on their way, are 1.35 times a WriteStream. */
import type { PartReceipt, PartWriter } from "../contract.ts";
import { close, fdatasync, ignoring, unlink, writeAll } from "./calls.ts";
import { attempt, fileError } from "./errors.ts";

const BATCH = 1024 * 1024;
const BATCHES_ON_THEIR_WAY = 2;
/** Tiny chunks fill a batch by their number: the kernel takes 1024 at once. */
const CHUNKS = 1024;

/** Given to the disk while more arrives, so that `close` has little left to wait for. */
const SYNC_EVERY = 32 * 1024 * 1024;

export interface PartFile {
  readonly fd: number;
  readonly path: string;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  /** Makes its name in the directory durable. */
  readonly syncName: () => Promise<void>;
  readonly receipt: (size: number) => PartReceipt;
}

export class FilePartWriter implements PartWriter {
  readonly #file: PartFile;
  #batch: Uint8Array[] = [];
  #batchSize = 0;
  /** To be called when the batch is written. */
  #written: (() => void)[] = [];
  /** Where the next batch goes. */
  #position = 0;
  #onTheirWay = 0;
  #syncedUntil = 0;
  #syncing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  #progress = Promise.withResolvers<void>();

  constructor(file: PartFile) {
    this.#file = file;
  }

  write(chunk: Uint8Array, onWritten?: (chunk: Uint8Array) => void): Promise<void> | undefined {
    const { signal } = this.#file;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#ended) return Promise.reject(new Error("this part has ended"));
    this.#batch.push(chunk);
    if (onWritten) this.#written.push(() => onWritten(chunk));
    this.#batchSize += chunk.length;
    if (this.#batchSize >= BATCH || this.#batch.length >= CHUNKS) this.#flush();
    return this.#onTheirWay < BATCHES_ON_THEIR_WAY ? undefined : this.#until(BATCHES_ON_THEIR_WAY - 1);
  }

  async close(): Promise<PartReceipt> {
    if (this.#ended) throw new Error("this part has ended");
    this.#ended = true;
    const { fd, key, signal, syncName, receipt } = this.#file;
    try {
      this.#flush();
      await this.#rest();
      await attempt("multipart.openPart", key, signal, async () => {
        await fdatasync(fd);
        await syncName();
      });
    } catch (error) {
      await this.#remove();
      throw error;
    }
    await close(fd);
    return receipt(this.#position);
  }

  /** A caller may abort what was closed, or could not be: by then the file's number may belong to another. */
  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#remove();
  }

  async #remove(): Promise<void> {
    await this.#rest().catch(() => {});
    await close(this.#file.fd);
    await ignoring(["ENOENT"], () => unlink(this.#file.path));
  }

  #flush(): void {
    if (this.#batchSize === 0) return;
    const batch = this.#batch;
    const written = this.#written;
    const position = this.#position;
    this.#position += this.#batchSize;
    this.#batch = [];
    this.#batchSize = 0;
    this.#written = [];
    this.#onTheirWay += 1;
    writeAll(this.#file.fd, batch, position)
      .then(() => {
        for (const tell of written) tell();
        this.#syncInBackground(position);
      }, this.#fail)
      .finally(() => {
        this.#onTheirWay -= 1;
        this.#progress.resolve();
        this.#progress = Promise.withResolvers();
      });
  }

  #syncInBackground(position: number): void {
    if (this.#syncing || position - this.#syncedUntil < SYNC_EVERY) return;
    this.#syncedUntil = position;
    this.#syncing = fdatasync(this.#file.fd)
      .catch(this.#fail)
      .finally(() => {
        this.#syncing = undefined;
      });
  }

  /** The kernel tells a failure of the disk once, so it is kept. */
  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error: fileError("multipart.openPart", this.#file.key, error) };
  };

  /** Until nothing uses the file any more. */
  async #rest(): Promise<void> {
    try {
      await this.#until(0);
    } finally {
      await this.#syncing;
    }
    await this.#until(0);
  }

  /** Until no more than that many batches are on their way. */
  async #until(count: number): Promise<void> {
    while (this.#onTheirWay > count) await this.#progress.promise;
    if (this.#failure) throw this.#failure.error;
  }
}
