/** How often a push to a directory waits for the disk: each wait is a turn of the journal, and that is what a short push costs. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { digestOf } from "../../src/oci/digest.ts";
import { startUpload, withDigest } from "../support/registry-content.ts";
import { openWorld } from "../support/registry-world.ts";
import { temporaryDirectory } from "../support/temp.ts";

const real = fs.fsync;
let syncs = 0;
fs.fsync = Object.assign(
  (fd: number, done: fs.NoParamCallback) => {
    syncs++;
    real(fd, done);
  },
  { __promisify__: real.__promisify__ },
);
// The driver keeps the calls that it finds when it is loaded.
const { openDriver } = await import("../../drivers/open.ts");

/** The blob and its link: each the file, and the directory with its name. Their own directories are new, and synced as well. */
const PUBLISHED = 4;

test("a short push waits for the disk only when it is published", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: () => {} });
  const world = await openWorld(driver);
  t.after(world.close);
  const { http, registry } = world;
  const costOf = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const before = syncs;
    const result = await work();
    await registry.settled();
    return [result, syncs - before];
  };
  const push = async (text: string) => {
    const body = Buffer.from(text);
    const location = await startUpload(http, "a");
    const [chunk, whileSent] = await costOf(() => http.request("PATCH", location, { body }));
    assert.equal(chunk.status, 202);
    const end = withDigest(chunk.location, digestOf(body, "sha256"));
    const [done, whilePublished] = await costOf(() => http.request("PUT", end));
    assert.equal(done.status, 201);
    return { whileSent, whilePublished };
  };
  // The first one makes directories that all others share.
  await push("first");
  const { whileSent, whilePublished } = await push("second");
  t.diagnostic(`${whileSent} while it is sent, ${whilePublished} while it is published`);
  assert.equal(whileSent, 0);
  assert.ok(whilePublished >= PUBLISHED, "what was answered is on the disk");
  assert.ok(whilePublished <= PUBLISHED + 3, `${whilePublished} waits`);
});
