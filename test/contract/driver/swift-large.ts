/** Objects that Swift keeps in pieces: ours and distribution's, and what becomes of the pieces. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { bytesOf } from "../../support/bytes.ts";
import { FILES, SEGMENTS, type SwiftSubject, segmentsOf, unusedSegments } from "../../support/swift.ts";
import { escapePath, listContainer } from "../../support/swift-account.ts";
import { assertSameBytes, entriesOf, keysOf, read, rejectsWith } from "./harness.ts";

const MIB = 1024 ** 2;
/** What the subject's driver copies in one piece. */
export const COPY_PART_SIZE = MIB;

export function swiftLarge(name: string, open: () => Promise<SwiftSubject>): void {
  describe(`large objects of ${name}`, () => {
    let subject: SwiftSubject;
    before(async () => {
      subject = await open();
    });
    after(() => subject?.close());
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        await run(new LargeCase(subject));
        await subject.driver.deleteMany(await keysOf(subject.driver, ""));
        const { account, container } = subject;
        assert.deepEqual(await listContainer(account, container), [], "something remains in the container");
      });
    }
  });
}

class LargeCase {
  readonly driver: StorageDriver;
  readonly #subject: SwiftSubject;

  constructor(subject: SwiftSubject) {
    this.driver = subject.driver;
    this.#subject = subject;
  }

  /** Of so many parts of a MiB, and a byte. */
  async upload(key: string, parts: number, seed = key): Promise<Buffer> {
    const { multipart } = this.driver;
    const bytes = bytesOf(parts * MIB + 1, seed);
    const upload = await multipart.create(key);
    const starts = Array.from({ length: parts + 1 }, (_, index) => index * MIB);
    const receipts = await Promise.all(
      starts.map((start, index) => multipart.putPart(upload, index + 1, bytes.subarray(start, start + MIB))),
    );
    await multipart.complete(upload, receipts);
    return bytes;
  }

  /** As distribution writes one: segments, and a manifest that names their beginning. */
  async uploadDynamic(key: string, hash: string, pieces: readonly Buffer[]): Promise<void> {
    const directory = `${SEGMENTS}${hash.slice(0, 3)}/${hash.slice(3)}`;
    for (const [index, piece] of pieces.entries()) {
      await this.put(`${directory}/${String(index + 1).padStart(16, "0")}`, piece);
    }
    await this.put(FILES + key, "", { "x-object-manifest": `${this.#subject.container}/${directory}` });
  }

  async put(name: string, body: Buffer | string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await this.send("PUT", name, { body: Buffer.from(body), headers });
    assert.equal(answer.status, 201, answer.text);
  }

  async send(
    method: string,
    name: string,
    request: { body?: Buffer<ArrayBuffer>; headers?: Record<string, string> } = {},
    query = "",
  ) {
    const { account, container } = this.#subject;
    return await account.send(method, `${container}/${escapePath(name)}${query}`, request);
  }

  async segments(key: string): Promise<readonly string[]> {
    return await segmentsOf(this.#subject.account, this.#subject.container, FILES + key);
  }

  async unused(): Promise<readonly string[]> {
    return await unusedSegments(this.#subject.account, this.#subject.container);
  }

  async names(prefix: string): Promise<readonly string[]> {
    return (await listContainer(this.#subject.account, this.#subject.container, prefix)).map(({ name }) => name);
  }

  async openUploads(prefix = ""): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { key } of this.driver.multipart.listUploads?.(prefix) ?? []) keys.push(key);
    return keys;
  }

  copyPath(name: string): string {
    return `${this.#subject.container}/${escapePath(name)}`;
  }
}

const CASES: Readonly<Record<string, (c: LargeCase) => Promise<void>>> = {
  async "more parts than a manifest holds are one object"(c) {
    // Four in a manifest: 18 segments, five lists of them, two lists of lists.
    const bytes = await c.upload("object", 17);
    const segments = await c.segments("object");
    assert.equal(segments.filter((name) => /\/list-\d{5}-[0-9a-f]{16}$/.test(name)).length, 7);
    assert.equal(segments.filter((name) => /\/\d{5}-[0-9a-f]{16}$/.test(name)).length, 18);
    assert.equal((await c.driver.head("object")).size, bytes.length);
    assertSameBytes(await read(c.driver, "object"), bytes);
    for (const [start, end] of [
      [MIB - 1, MIB],
      [4 * MIB - 3, 4 * MIB + 3],
      [17 * MIB, 17 * MIB],
    ] as const) {
      const body = await c.driver.get("object", { range: { start, end } });
      assertSameBytes(await body.bytes(), bytes.subarray(start, end + 1));
    }
    const [entry] = await entriesOf(c.driver, "");
    assert.ok(entry?.kind === "object" && entry.size === bytes.length);
  },

  async "segments go with their object, however it goes"(c) {
    const ways: readonly ((key: string) => Promise<unknown>)[] = [
      (key) => c.driver.delete(key),
      (key) => c.driver.deleteMany([key, "nothing", "small"]),
      (key) => c.driver.put(key, Buffer.from("small")),
      (key) => c.driver.put(key, bytesOf(100_000)),
      (key) => c.driver.copy("small", key),
      (key) => c.driver.copy("large", key),
      (key) => c.upload(key, 1, "other"),
    ];
    const large = await c.upload("large", 1);
    for (const [index, replace] of ways.entries()) {
      await c.driver.put("small", Buffer.from("small"));
      await c.upload(`object-${index}`, index === 0 ? 5 : 1);
      await replace(`object-${index}`);
      assert.deepEqual(await c.unused(), []);
    }
    assert.deepEqual(await c.names(`${SEGMENTS}moorage/object-0/`), []);
    assertSameBytes(await read(c.driver, "object-5"), large);
    assertSameBytes(await read(c.driver, "large"), large);
    assert.deepEqual(await c.openUploads(), []);
  },

  async "a copy shares nothing with its source"(c) {
    const bytes = await c.upload("source", 2);
    await c.driver.copy("source", "target");
    const [source, target] = [await c.segments("source"), await c.segments("target")];
    assert.equal(target.length, 3);
    assert.ok(!target.some((name) => source.includes(name)));
    await c.driver.copy("target", "target");
    assert.ok(!(await c.segments("target")).some((name) => target.includes(name)));
    await c.driver.delete("source");
    assertSameBytes(await read(c.driver, "target"), bytes);
    assert.deepEqual(await c.unused(), []);
  },

  async "a copy of what is short is one piece"(c) {
    const bytes = await c.upload("source", 0);
    await c.driver.copy("source", "target");
    await c.driver.copy("source", "source");
    assertSameBytes(await read(c.driver, "target"), bytes);
    assertSameBytes(await read(c.driver, "source"), bytes);
    assert.deepEqual(await c.names(SEGMENTS), []);
  },

  async "objects of distribution are read as they are"(c) {
    const pieces = [bytesOf(MIB, "1"), bytesOf(MIB, "2"), bytesOf(5, "3")];
    const bytes = Buffer.concat(pieces);
    await c.uploadDynamic("blobs/data", "ab".repeat(20), pieces);
    await c.put(`${FILES}link`, "sha256:0");
    await c.put(`${FILES}empty`, "");
    const info = await c.driver.head("blobs/data");
    assert.equal(info.size, bytes.length);
    assert.deepEqual(await c.driver.head("blobs/data"), info);
    assert.deepEqual(await entriesOf(c.driver, "blobs/"), [
      { kind: "object", key: "blobs/data", size: bytes.length, lastModified: info.lastModified },
    ]);
    assert.deepEqual(await keysOf(c.driver, ""), ["blobs/data", "empty", "link"]);
    assert.equal((await c.driver.head("empty")).size, 0);
    assertSameBytes(await read(c.driver, "blobs/data"), bytes);
    const body = await c.driver.get("blobs/data", { range: { start: MIB - 2, end: MIB + 2 } });
    assert.equal(body.info.size, bytes.length);
    assertSameBytes(await body.bytes(), bytes.subarray(MIB - 2, MIB + 3));
    await rejectsWith("range_invalid", c.driver.get("blobs/data", { range: { start: bytes.length } }));

    await c.driver.copy("blobs/data", "copy");
    await c.driver.delete("blobs/data");
    assert.deepEqual(await c.names(`${SEGMENTS}aba/`), []);
    assertSameBytes(await read(c.driver, "copy"), bytes);
  },

  async "segments that may be a blob's stay, when distribution stopped while it moved an upload"(c) {
    await c.uploadDynamic("repo/_uploads/1/data", "cd".repeat(20), [Buffer.from("blob")]);
    await c.uploadDynamic("blobs/data", "cd".repeat(20), [Buffer.from("blob")]);
    await c.driver.delete("repo/_uploads/1/data");
    assert.equal((await read(c.driver, "blobs/data")).toString(), "blob");
  },

  async "segments of others stay"(c) {
    await c.put("elsewhere/1", "foreign");
    await c.put(`${FILES}dynamic`, "", { "x-object-manifest": c.copyPath("elsewhere/") });
    const path = `/${c.copyPath("elsewhere/1")}`;
    const body = Buffer.from(JSON.stringify([{ path }]));
    assert.equal((await c.send("PUT", `${FILES}static`, { body }, "?multipart-manifest=put")).status, 201);
    await c.driver.deleteMany(["dynamic", "static"]);
    assert.deepEqual(await c.names("elsewhere/"), ["elsewhere/1"]);
    await c.send("DELETE", "elsewhere/1");
  },

  async "a manifest that somebody copied does not take the segments with it"(c) {
    const bytes = await c.upload("object", 1);
    const headers = { destination: c.copyPath(`${FILES}shared`) };
    const copied = await c.send("COPY", `${FILES}object`, { headers }, "?multipart-manifest=get");
    assert.equal(copied.status, 201);
    assertSameBytes(await read(c.driver, "shared"), bytes);
    await c.driver.delete("shared");
    assertSameBytes(await read(c.driver, "object"), bytes);
  },

  async "objects lie where distribution looks for them"(c) {
    await c.driver.put("docker/registry/v2/blobs/data", Buffer.from("x"));
    assert.deepEqual(await c.names(""), [`${FILES}docker/registry/v2/blobs/data`]);
    const head = await c.send("HEAD", `${FILES}docker/registry/v2/blobs/data`);
    assert.equal(head.headers.get("content-type"), "application/octet-stream");
    await c.upload("a/b", 0);
    const [part] = await c.segments("a/b");
    assert.match(part ?? "", /^some\/prefix\/segments\/moorage\/a\/b\/[0-9a-f-]{36}\/00001-[0-9a-f]{16}$/);
  },

  async "directories that some tools make objects of are no entries"(c) {
    await c.put(`${FILES}directory/`, "");
    await c.driver.put("directory/object", Buffer.from("x"));
    assert.deepEqual(await keysOf(c.driver, ""), ["directory/object"]);
    assert.deepEqual(await keysOf(c.driver, "directory/"), ["directory/object"]);
    await c.send("DELETE", `${FILES}directory/`);
  },

  async "an upload that is about to be published does not end"(c) {
    const { multipart } = c.driver;
    const upload = await multipart.create("object");
    const part = await multipart.putPart(upload, 1, Buffer.from("x"));
    const completing = `${SEGMENTS}moorage/object/${upload.id}/completing`;
    await c.put(completing, "");
    await rejectsWith("unavailable", multipart.abort(upload));
    await multipart.complete(upload, [part]);
    assert.equal((await read(c.driver, "object")).toString(), "x");
  },

  async "an upload that is ending is not published"(c) {
    const { multipart } = c.driver;
    const upload = await multipart.create("object");
    const part = await multipart.putPart(upload, 1, Buffer.from("x"));
    await c.put(`${SEGMENTS}moorage/object/${upload.id}/ending`, "");
    await rejectsWith("not_found", multipart.complete(upload, [part]));
    await rejectsWith("not_found", c.driver.head("object"));
    await multipart.abort(upload);
  },

  async "what is published outlives the end of its upload"(c) {
    const bytes = await c.upload("object", 5);
    const [id] = (await c.segments("object")).map((name) => name.split("/").at(-2) ?? "");
    assert.ok(id);
    // As if the process had ended right after it had published.
    for (const flag of ["open", "completing", "00009-0123456789abcdef"]) {
      await c.put(`${SEGMENTS}moorage/object/${id}/${flag}`, "");
    }
    assert.deepEqual(await c.openUploads(), ["object"]);
    await c.driver.multipart.abort({ key: "object", id });
    assert.deepEqual(await c.openUploads(), []);
    assert.deepEqual(await c.unused(), []);
    assertSameBytes(await read(c.driver, "object"), bytes);
  },

  async "segments of an object that is gone can be found, and end"(c) {
    await c.upload("object", 1);
    const [id] = (await c.segments("object")).map((name) => name.split("/").at(-2) ?? "");
    assert.ok(id);
    // As if the process had ended right after it had deleted the object.
    await c.put(`${SEGMENTS}moorage/object/${id}/ending`, "");
    await c.send("DELETE", `${FILES}object`);
    assert.deepEqual(await c.openUploads("obj"), ["object"]);
    assert.deepEqual(await c.openUploads("other"), []);
    await c.driver.multipart.abort({ key: "object", id });
    assert.deepEqual(await c.openUploads(), []);
  },

  async "completing may be repeated where nobody knows what became of it"(c) {
    const { multipart } = c.driver;
    const upload = await multipart.create("object");
    const part = await multipart.putPart(upload, 1, Buffer.from("x"));
    await multipart.complete(upload, [part]);
    // As if only the answer had been lost.
    for (const flag of ["open", "completing"]) await c.put(`${SEGMENTS}moorage/object/${upload.id}/${flag}`, "");
    await multipart.complete(upload, [part]);
    assert.equal((await read(c.driver, "object")).toString(), "x");
    await rejectsWith("not_found", multipart.complete(upload, [part]));
  },

  async "a temporary URL is good for a look, too"(c) {
    await c.upload("object", 0);
    const signed = await c.driver.presign?.presignGet("object", { expiresInSeconds: 60 });
    assert.ok(signed);
    const head = await fetch(signed.url, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, "1"]);
    const put = await fetch(signed.url, { method: "PUT", body: "changed" });
    assert.equal(put.status, 401);
    signed.url.searchParams.set("temp_url_expires", "1000000000");
    assert.equal((await fetch(signed.url)).status, 401);
    await rejectsWith(
      "unexpected",
      c.driver.presign?.presignGet("object", { expiresInSeconds: 60, contentType: "text/plain" }) ?? Promise.resolve(),
    );
  },

  async "names that leave no room for segments are refused"(c) {
    const key = `${"long/".repeat(188)}x`;
    await c.driver.put(key, Buffer.from("x"));
    await rejectsWith("key_invalid", c.driver.multipart.create(key));
    await rejectsWith("key_invalid", c.driver.put(`${key}${"x".repeat(100)}`, Buffer.from("x")));
  },
};
