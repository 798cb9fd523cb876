/** What a driver of a store behind a network does when the network, or the store, fails. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { inspect } from "node:util";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { type DriverErrorKind, isDriverError } from "../../../drivers/errors.ts";
import { bytesOf } from "../../support/bytes.ts";
import { type Meddle, type Meddler, type Meddling, startMeddler } from "../../support/meddler.ts";
import { collectingWritable } from "../../support/writables.ts";

export interface RemoteStore {
  /** Of the store itself. */
  readonly url: string;
  /** Through the meddler, whose URL is given. */
  open(url: string): Promise<StorageDriver>;
  stop(): Promise<void>;
}

export interface RemoteFaults {
  readonly start: () => Promise<RemoteStore>;
  /** Answers as the vendor documents them, to a HEAD and to a GET. */
  readonly answers: readonly (readonly [title: string, answer: Answer, kind: DriverErrorKind])[];
  /** In no error, however deep. */
  readonly secrets: readonly (string | RegExp)[];
}
type Answer = Extract<Meddling, { kind: "answer" }>;

const LARGE = bytesOf(400_000);

export function remoteFaults(name: string, { start, answers, secrets }: RemoteFaults): void {
  describe(`${name}, when the store or the way to it fails`, () => {
    let store: RemoteStore;
    let meddler: Meddler;
    let driver: StorageDriver;
    before(async () => {
      store = await start();
      meddler = await startMeddler(store.url);
      driver = await store.open(meddler.url);
    });
    after(async () => {
      await driver?.close();
      await meddler?.stop();
      await store?.stop();
    });
    beforeEach(async () => {
      meddler.meddle(undefined);
      await driver.put("large", LARGE);
    });

    const always = (meddling: Meddling) => meddler.meddle(() => meddling);
    const rejectsWith = async (kind: DriverErrorKind, call: Promise<unknown>) => {
      await assert.rejects(call, (error) => {
        assert.ok(isDriverError(error), `not a DriverError: ${inspect(error)}`);
        assert.equal(error.kind, kind, inspect(error));
        assertNoSecrets(error, secrets);
        return true;
      });
    };
    const calls = (): readonly (() => Promise<unknown>)[] => [
      () => driver.head("large"),
      () => driver.get("large"),
      () => driver.get("large", { range: { start: 1 } }),
      () => driver.put("large", LARGE),
      () => driver.delete("large"),
      () => driver.deleteMany(["large", "other"]),
      () => driver.list("")[Symbol.asyncIterator]().next(),
      () => driver.check(),
      () => driver.copy("large", "copy"),
      () => driver.multipart.create("upload"),
      async () => driver.conditional?.create("new", LARGE) ?? assert.fail("it was there"),
    ];

    for (const [title, answer, kind] of answers) {
      test(`${title} is ${kind}`, async () => {
        always(answer);
        await rejectsWith(kind, driver.head("large"));
        await rejectsWith(kind, driver.get("large"));
      });
    }

    test("a broken connection is unavailable, in every operation", async () => {
      always({ kind: "reset" });
      for (const call of calls()) await rejectsWith("unavailable", call());
    });

    test("a store that is not there is unavailable, in every operation", async () => {
      const gone = await startMeddler(store.url);
      const other = await store.open(gone.url);
      await gone.stop();
      for (const call of [() => other.head("large"), () => other.put("x", LARGE), () => other.check()]) {
        await rejectsWith("unavailable", call());
      }
      await other.close();
    });

    test("a lost answer is unavailable", async () => {
      always({ kind: "lose" });
      await rejectsWith("unavailable", driver.put("lost", LARGE));
      await rejectsWith("unavailable", driver.head("large"));
    });

    test("nothing is tried again here", async () => {
      for (const meddling of [
        { kind: "answer", status: 503 },
        { kind: "answer", status: 500 },
        { kind: "answer", status: 429 },
        { kind: "reset" },
      ] as const) {
        always(meddling);
        const before = meddler.requests;
        await assert.rejects(driver.head("large"));
        await assert.rejects(driver.put("large", LARGE));
        assert.equal(meddler.requests - before, 2);
      }
    });

    test("a body that breaks off never looks whole", async () => {
      for (const after of [1, 70_000, LARGE.length - 1]) {
        meddler.meddle(cutting(after));
        await rejectsWith("unavailable", (await driver.get("large")).bytes());
        await rejectsWith("unavailable", (await driver.get("large")).sendTo(collectingWritable().out));
        await rejectsWith("unavailable", (await driver.get("large")).stream().toArray());
      }
      meddler.meddle(cutting(10));
      await rejectsWith("unavailable", (await driver.get("large", { range: { start: 5, end: 50 } })).bytes());
    });

    test("an abort ends what waits for a silent store", async () => {
      always({ kind: "hang" });
      for (const call of [
        (signal: AbortSignal) => driver.head("large", { signal }),
        (signal: AbortSignal) => driver.get("large", { signal }),
        (signal: AbortSignal) => driver.put("large", LARGE, { signal }),
        (signal: AbortSignal) => driver.delete("large", { signal }),
        (signal: AbortSignal) => driver.copy("large", "copy", { signal }),
        (signal: AbortSignal) => driver.list("", { signal })[Symbol.asyncIterator]().next(),
        (signal: AbortSignal) => driver.check({ signal }),
      ]) {
        const controller = new AbortController();
        const calling = call(controller.signal);
        setTimeout(() => controller.abort(new Error("enough")), 20);
        await assert.rejects(calling, { message: "enough" });
      }
    });
  });
}

/** Only of the answers that hold an object. */
function cutting(after: number): Meddle {
  return ({ method }) => (method === "GET" ? { kind: "cut", after } : undefined);
}

function assertNoSecrets(error: Error, secrets: RemoteFaults["secrets"]): void {
  const said = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + JSON.stringify(error.cause);
  for (const secret of secrets) assert.doesNotMatch(said, new RegExp(secret));
}
