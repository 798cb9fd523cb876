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

  /** As docker does it: whatever goes wrong with the bytes, it begins anew. */
  async function pushBlob({ descriptor: { digest }, bytes }: Content): Promise<void> {
    for (;;) {
      const started = await insist("POST", `/v2/${REPOSITORY}/blobs/uploads/`, [202]);
      const sent = await ask("PATCH", locationOf(started), { body: bytes });
      if (sent?.status !== 202) {
        troubles++;
        if (sent) assert.equal(sent.status, 503, `PATCH: ${sent.status} ${sent.body}`);
        await sleep(PAUSE);
        continue;
      }
      await insist("PUT", `${locationOf(sent)}&digest=${digest}`, [201]);
      return;
    }
  }

  async function pushOne(): Promise<void> {
    const tag = `v${count++}`;
    const layers = sizes.map((size) => maker.layer({ size, compression: "none" }));
    const image = maker.image({ layers });
    for (const part of image.parts) await pushBlob(part);
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
