/**
 * Writes to a store until it is killed: `node filesystem-writer.ts <root> <seed>`. Says on its output what it begins and
 * what was answered, in whole lines.
 */
import { writeSync } from "node:fs";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openDriver } from "../../../drivers/open.ts";
import { type Random, seededRandom } from "../../support/random.ts";
import { selfVerifying, verify } from "./selfverifying.ts";

const [root = "", seed = "0"] = process.argv.slice(2);
const WORKERS = 3;
const MOST_BYTES = 300_000;

/** Each worker has keys of its own, so that what must be there is known. */
async function work(driver: StorageDriver, worker: number, random: Random): Promise<never> {
  for (let round = 0; ; round++) {
    const key = `w${worker}/${random.below(4)}/${random.below(2) ? "deep/er/" : ""}object`;
    const object = selfVerifying(`${seed}:${worker}:${round}`, random.below(MOST_BYTES));
    const digest = verify(object) ?? "broken";
    const operations = [put, put, create, copy, completeOne, completeSeveral, remove];
    await operations[random.below(operations.length)]?.(driver, key, object, digest);
  }
}

async function answered(key: string, digest: string, call: () => Promise<unknown>): Promise<void> {
  writeSync(1, `begin ${key} ${digest}\n`);
  await call();
  writeSync(1, `done ${key} ${digest}\n`);
}

type Operation = (driver: StorageDriver, key: string, object: Buffer, digest: string) => Promise<void>;

const put: Operation = (driver, key, object, digest) => answered(key, digest, () => driver.put(key, object));

const remove: Operation = (driver, key) => answered(key, "absent", () => driver.delete(key));

const create: Operation = async (driver, key, object, digest) => {
  await remove(driver, key, object, digest);
  await answered(key, digest, async () => driver.conditional?.create(key, object));
};

const copy: Operation = async (driver, key, object, digest) => {
  const source = `${key}-source`;
  await put(driver, source, object, digest);
  await answered(key, digest, () => driver.copy(source, key));
  await remove(driver, source, object, digest);
};

const completeOne: Operation = (driver, key, object, digest) =>
  answered(key, digest, async () => {
    const upload = await driver.multipart.create(key);
    const writer = await driver.multipart.openPart?.(upload, 1);
    await writer?.write(object);
    const part = await writer?.close();
    if (part) await driver.multipart.complete(upload, [part]);
  });

const completeSeveral: Operation = (driver, key, object, digest) =>
  answered(key, digest, async () => {
    const upload = await driver.multipart.create(key);
    const cut = Math.floor(object.length / 2);
    const pieces = [object.subarray(0, cut), object.subarray(cut)];
    const parts = await Promise.all(pieces.map((piece, index) => driver.multipart.putPart(upload, index + 1, piece)));
    await driver.multipart.complete(upload, parts);
  });

const driver = await openDriver("filesystem", { rootdirectory: root }, { warn: () => process.exit(3) });
await Promise.all(
  Array.from({ length: WORKERS }, (_, worker) => work(driver, worker, seededRandom(Number(seed) * 31 + worker))),
);
