import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openStore } from "../../../drivers/filesystem/open.ts";
import { sweepLeftovers } from "../../../drivers/filesystem/sweep.ts";
import { openDriver } from "../../../drivers/open.ts";
import { filesystemLeftovers } from "../../contract/driver/filesystem-leftovers.ts";
import { type Random, seededRandom } from "../../support/random.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { verify } from "./selfverifying.ts";

const KILLS = 40;
const WRITER = new URL("filesystem-writer.ts", import.meta.url).pathname;
const DAY = 24 * 3_600_000;

test("a writer killed at any instant leaves whole objects, and all that was answered", async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  const expectations: Expectations = new Map();
  let answers = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    answers += await writeUntilKilled(directory.path, seed + kill, random, expectations);
    await assertExpected(driver, expectations);
  }
  t.diagnostic(`${answers} writes were answered`);
  assert.ok(answers > KILLS);

  const store = await openStore(directory.path, { warn: assert.fail });
  assert.ok((await filesystemLeftovers(directory.path)).length > 0, "no writer was killed in the middle of its work");
  await sweepLeftovers(store, Date.now() + 31 * DAY, new AbortController().signal);
  assert.deepEqual(await filesystemLeftovers(directory.path), []);
  await assertExpected(driver, expectations);
});

/** What may be at a key: what was answered last, and what was under way. */
type Expectations = Map<string, readonly string[]>;

async function writeUntilKilled(root: string, seed: number, random: Random, expectations: Expectations) {
  const child = spawn(process.execPath, [WRITER, root, `${seed}`], { stdio: ["ignore", "pipe", "inherit"] });
  const events = 1 + random.below(25);
  const milliseconds = random.below(6);
  let [seen, answers] = [0, 0];
  let killing: Promise<void> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [event, key = "", digest = ""] = line.split(" ");
    if (++seen === events) killing = setTimeout(milliseconds).then(() => void child.kill("SIGKILL"));
    if (event === "done") {
      answers++;
      expectations.set(key, [digest]);
    } else {
      expectations.set(key, [...(expectations.get(key) ?? ["absent"]), digest]);
    }
  }
  await killing;
  assert.equal(child.exitCode, null, `the writer gave up by itself, with seed ${seed}`);
  return answers;
}

async function assertExpected(driver: StorageDriver, expectations: Expectations): Promise<void> {
  const found = new Map<string, string>();
  for await (const { key } of driver.list("")) {
    const object = await (await driver.get(key)).bytes();
    const digest = verify(object);
    assert.ok(digest !== undefined, `${key} is not whole`);
    found.set(key, digest);
  }
  for (const [key, possible] of expectations) {
    const digest = found.get(key) ?? "absent";
    assert.ok(possible.includes(digest), `${key} holds ${digest}, not one of ${possible}`);
    // Whatever it was that happened, from now on it is so.
    expectations.set(key, [digest]);
    found.delete(key);
  }
  assert.deepEqual([...found.keys()], [], "objects that nobody wrote");
}
