/**
 * Clients that push and pull, and believe nothing: of what was acknowledged every byte must come back, trouble may only be
 * called trouble, and every request ends.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ACCEPT } from "../e2e/support/content.ts";
import { type Content, createImageMaker, digestOf, type Image } from "../e2e/support/images.ts";

export interface LoadOptions {
  readonly seed: string;
  /** How many images are on their way at a time. */
  readonly pushers: number;
  readonly readers: number;
  /** Bytes of the layers of each image. */
  readonly sizes: readonly number[];
}

export interface Load {
  /** Images whose push was acknowledged. */
  readonly pushed: number;
  /** Answers of 503, and connections that broke. */
  readonly troubles: number;
  /** Of all requests so far. */
  readonly longestMilliseconds: number;
  /** Begins no more pushes; resolves when those under way are through and everything acknowledged has been read once more. */
  finish(): Promise<void>;
  /** Rejects as soon as something is not as it should be. */
  readonly failed: Promise<never>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Pushed {
  readonly tag: string;
  readonly image: Image;
}

const REPOSITORY = "under/load";
const PAUSE = 100;
const CHUNK = 3_000_000;
/** Clients that give up would hide what comes later. */
const PATIENCE_MILLISECONDS = 240_000;

export function startLoad(url: string, { seed, pushers, readers, sizes }: LoadOptions): Load {
  const maker = createImageMaker(seed);
  const acknowledged: Pushed[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let isOver = false;
  let troubles = 0;
  let longestMilliseconds = 0;
  let count = 0;

  /** `undefined`: no whole answer came. */
  async function ask(method: string, path: string, init: RequestInit = {}): Promise<Answer | undefined> {
    const startedAt = performance.now();
    try {
      const response = await fetch(new URL(path, url), {
        method,
        ...init,
        headers: { accept: ACCEPT, ...init.headers },
      });
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, body };
    } catch {
      return undefined;
    } finally {
      longestMilliseconds = Math.max(longestMilliseconds, performance.now() - startedAt);
    }
  }

  /** Asks until the answer is none of trouble. Any other than those expected is a lie. */
  async function insist(
    method: string,
    path: string,
    expected: readonly number[],
    init?: RequestInit,
  ): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const answer = await ask(method, path, init);
      if (answer && expected.includes(answer.status)) return answer;
      troubles++;
      if (answer) {
        assert.equal(answer.status, 503, `${method} ${path}: ${answer.status} ${answer.body.subarray(0, 500)}`);
        assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/, "a 503 without Retry-After");
      }
      assert.ok(performance.now() < deadline, `no end of trouble: ${method} ${path}`);
      await sleep(PAUSE);
    }
  }

  const begin = async () => locationOf(await insist("POST", `/v2/${REPOSITORY}/blobs/uploads/`, [202]));

  /** `undefined`, after a while, where there was trouble; and more than trouble must be `allowed`. */
  async function tryTo(
    method: string,
    location: string,
    expected: number,
    init: RequestInit,
    allowed: readonly number[] = [],
  ): Promise<Answer | undefined> {
    const sent = await ask(method, location, init);
    if (sent?.status === expected) return sent;
    troubles++;
    if (sent) assert.ok([503, ...allowed].includes(sent.status), `${method}: ${sent.status} ${sent.body}`);
    await sleep(PAUSE);
    return undefined;
  }

  /** As docker does it: whatever goes wrong with the bytes, it begins anew. */
  async function pushAsDocker({ descriptor: { digest }, bytes }: Content): Promise<void> {
    let sent: Answer | undefined;
    while (sent === undefined) sent = await tryTo("PATCH", await begin(), 202, { body: bytes });
    await insist("PUT", `${locationOf(sent)}&digest=${digest}`, [201]);
  }

  async function pushInOnePut({ descriptor: { digest }, bytes }: Content): Promise<void> {
    while (!(await tryTo("PUT", `${await begin()}&digest=${digest}`, 201, { body: bytes })));
  }

  /** As clients do it that go on where they were: they ask how much has arrived. */
  async function pushInChunks({ descriptor: { digest }, bytes }: Content): Promise<void> {
    let location = await begin();
    let offset = 0;
    while (offset < bytes.length) {
      const body = bytes.subarray(offset, offset + CHUNK);
      const headers = { "content-range": `${offset}-${offset + body.length - 1}` };
      // One that seems lost may still be under way, and be first.
      const sent = await tryTo("PATCH", location, 202, { body, headers }, [416]);
      const state = sent ?? (await insist("GET", location, [204]));
      location = locationOf(state);
      offset = endOf(state);
    }
    await insist("PUT", `${location}&digest=${digest}`, [201]);
  }

  const WAYS = [pushAsDocker, pushInOnePut, pushInChunks];

  async function pushOne(): Promise<void> {
    const push = WAYS[count % WAYS.length] ?? pushAsDocker;
    const tag = `v${count++}`;
    const layers = sizes.map((size) => maker.layer({ size, compression: "none" }));
    const image = maker.image({ layers });
    for (const part of image.parts) await push(part);
    const headers = { "content-type": image.descriptor.mediaType };
    await insist("PUT", `/v2/${REPOSITORY}/manifests/${tag}`, [201], { body: image.bytes, headers });
    acknowledged.push({ tag, image });
  }

  async function readBack({ tag, image }: Pushed): Promise<void> {
    const manifest = await insist("GET", `/v2/${REPOSITORY}/manifests/${tag}`, [200]);
    assert.ok(manifest.body.equals(image.bytes), `the manifest of ${tag} is another`);
    for (const { descriptor } of image.parts) {
      await insist("HEAD", `/v2/${REPOSITORY}/blobs/${descriptor.digest}`, [200]);
      const { body } = await insist("GET", `/v2/${REPOSITORY}/blobs/${descriptor.digest}`, [200]);
      assert.equal(digestOf(body), descriptor.digest, "a blob is not what its digest says");
    }
  }

  async function readSome(): Promise<void> {
    for (let n = 0; !isOver; n++) {
      const pushed = acknowledged[(n * 7) % Math.max(1, acknowledged.length)];
      if (pushed) await readBack(pushed);
      await insist("HEAD", `/v2/${REPOSITORY}/blobs/${digestOf(Buffer.from(`absent ${n}`))}`, [404]);
      const { body } = await insist("GET", `/v2/${REPOSITORY}/tags/list`, [200, 404]);
      // What was acknowledged before the list was asked for must be on it; `pushed` was.
      if (pushed) assert.ok(JSON.parse(body.toString()).tags.includes(pushed.tag), `${pushed.tag} is not listed`);
      await sleep(PAUSE);
    }
  }

  async function pushSome(): Promise<void> {
    while (!isOver) await pushOne();
  }

  const work = Promise.all([
    ...Array.from({ length: pushers }, pushSome),
    ...Array.from({ length: readers }, readSome),
  ]);
  work.catch(failure.reject);

  return {
    get pushed() {
      return acknowledged.length;
    },
    get troubles() {
      return troubles;
    },
    get longestMilliseconds() {
      return longestMilliseconds;
    },
    failed: failure.promise,
    async finish() {
      isOver = true;
      await work;
      for (const pushed of acknowledged) await readBack(pushed);
    },
  };
}

function locationOf({ headers }: Answer): string {
  return headers.get("location") ?? assert.fail("no location");
}

/** How many bytes the upload has, from its Range: both ends are inclusive, and `0-0` is nothing yet. */
function endOf({ headers }: Answer): number {
  const last = Number(headers.get("range")?.split("-")[1]);
  return last === 0 ? 0 : last + 1;
}
