/** An open file. It is closed by whichever of its methods is called. */
import { Readable, type Writable } from "node:stream";
import type { ObjectBody, ObjectInfo, SendOptions } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { openOutlet } from "../outlet.ts";
import type { ResolvedRange } from "../ranges.ts";
import { type Disk, patientDisk } from "./disk.ts";
import { fileError } from "./errors.ts";

/** Two of them are in use for each transfer. Measured: 256 KiB costs 15 % of the rate, 1 MiB too. */
const SEND_CHUNK = 512 * 1024;
const STREAM_CHUNK = 128 * 1024;
const SMALL = 64 * 1024;
/** Links: read, and forgotten at once. What is kept for longer must not keep a piece of Node's pool. */
const POOLED = 256;

const allocate = (size: number): Buffer => (size <= POOLED ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size));

export class FileBody implements ObjectBody {
  readonly info: ObjectInfo;
  readonly range: ResolvedRange | undefined;
  readonly #key: string;
  readonly #disk: Disk;
  readonly #start: number;
  /** Exclusive. */
  readonly #end: number;
  #fd: number | undefined;

  constructor(fd: number, disk: Disk, key: string, info: ObjectInfo, range: ResolvedRange | undefined) {
    this.info = info;
    this.range = range;
    this.#key = key;
    this.#start = range?.start ?? 0;
    this.#end = range ? range.end + 1 : info.size;
    this.#disk = this.#end - this.#start <= SMALL ? disk : patientDisk;
    this.#fd = fd;
  }

  async bytes(): Promise<Buffer> {
    const fd = this.#take();
    try {
      return await this.#fill(fd, allocate(this.#end - this.#start), this.#start);
    } finally {
      await this.#disk.close(fd);
    }
  }

  stream(): Readable {
    const fd = this.#take();
    let position = this.#start;
    let reading: Promise<unknown> = Promise.resolve();
    const next = async (stream: Readable) => {
      if (position === this.#end) return stream.push(null);
      const buffer = Buffer.allocUnsafeSlow(Math.min(STREAM_CHUNK, this.#end - position));
      await this.#fill(fd, buffer, position);
      position += buffer.length;
      return stream.push(buffer);
    };
    return new Readable({
      highWaterMark: STREAM_CHUNK,
      read() {
        reading = next(this).catch((error) => this.destroy(error));
      },
      // Not while it is being read: the number might by then belong to another file.
      destroy: (error, done) => void reading.then(() => this.#disk.close(fd)).then(() => done(error), done),
    });
  }

  async sendTo(out: Writable, { signal, onTurn }: SendOptions = {}): Promise<void> {
    const fd = this.#take();
    const outlet = openOutlet(out, signal);
    try {
      await this.#send(fd, outlet.write, onTurn);
    } finally {
      outlet.release();
      await this.#disk.close(fd);
    }
  }

  async discard(): Promise<void> {
    if (this.#fd !== undefined) await this.#disk.close(this.#take());
  }

  /** While the kernel takes one buffer, the other is filled. */
  async #send(fd: number, write: (piece: Buffer) => Promise<void>, onTurn: SendOptions["onTurn"]): Promise<void> {
    const size = Math.min(SEND_CHUNK, this.#end - this.#start);
    const buffers: [Buffer?, Buffer?] = [];
    let writing: Promise<void> = Promise.resolve();
    for (let position = this.#start, turn = 0; position < this.#end; position += size, turn ^= 1) {
      const buffer = buffers[turn] ?? Buffer.allocUnsafeSlow(size);
      buffers[turn] = buffer;
      onTurn?.("store");
      const piece = await this.#fill(fd, buffer.subarray(0, this.#end - position), position);
      onTurn?.("target");
      await writing;
      writing = write(piece);
      // Whoever awaits it comes later: until then its failure is no unhandled one.
      writing.catch(() => {});
    }
    await writing;
  }

  async #fill(fd: number, buffer: Buffer, start: number): Promise<Buffer> {
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const count = await this.#disk.read(fd, filled === 0 ? buffer : buffer.subarray(filled), start + filled);
        if (count === 0) throw new DriverError("unexpected", "get", { key: this.#key, message: "the file shrank" });
        filled += count;
      }
    } catch (error) {
      throw fileError("get", this.#key, error);
    }
    return buffer;
  }

  /** A file descriptor's number is used again at once, so it must not be closed twice. */
  #take(): number {
    const fd = this.#fd;
    if (fd === undefined) throw new Error("this body was used before");
    this.#fd = undefined;
    return fd;
  }
}
