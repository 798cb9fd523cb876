/** Runs the cases of the suite over one store: each on a store of its own, each with a look at what it leaves behind. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { keysUnder } from "../../support/registry-drivers.ts";
import { createManualRuntime, type ManualRuntime } from "../../support/registry-runtime.ts";
import {
  failuresIn,
  HOUR,
  openRegistry,
  openWorld,
  type World,
  type WorldOptions,
} from "../../support/registry-world.ts";

/** A store that is empty when it is opened. */
export interface Store {
  readonly driver: StorageDriver;
  /** Names of multipart uploads that were neither completed nor aborted. */
  openUploads(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface StoreKind {
  readonly open: (runtime: ManualRuntime) => Promise<Store>;
  /** Bytes of a part. */
  readonly partSize?: number | undefined;
  /** A blob of that many bytes takes the way of large ones, where this kind has one. */
  readonly longBytes: number;
  /** Whether `lastModified` follows the runtime's clock. */
  readonly keepsOurTime: boolean;
  /** Cases that this very store cannot pass, each with the reason. */
  readonly deviations?: Readonly<Record<string, string>> | undefined;
}

export interface Case extends World {
  readonly longBytes: number;
  /** Another registry over the same store. */
  replica(options?: WorldOptions): Promise<World>;
  /** This case is about a store that does not work. */
  expectFailures(): void;
}

type Ability = "conditional" | "presign" | "keepsOurTime";

export interface Cases {
  case(title: string, run: (c: Case) => Promise<void>, options?: CaseOptions): void;
  /** Only for stores that can do it. */
  when(ability: Ability, title: string, run: (c: Case) => Promise<void>, options?: CaseOptions): void;
}

export interface CaseOptions extends WorldOptions {
  readonly wrap?: ((driver: StorageDriver) => StorageDriver) | undefined;
}

/** Cases under one heading. `ids` are the spec's, as in the route table. */
export interface Chapter {
  readonly ids: readonly string[];
  readonly title: string;
  readonly define: (cases: Cases) => void;
}

export function runChapters(name: string, kind: StoreKind, chapters: readonly Chapter[]): void {
  describe(`registry over ${name}`, () => {
    const titles = new Set<string>();
    for (const { ids, title, define } of chapters) {
      describe([...ids, title].join(" "), () => define(casesOf(kind, titles)));
    }
    test("deviations are of cases that there are", () => {
      for (const title of Object.keys(kind.deviations ?? {})) assert.ok(titles.has(title), title);
    });
  });
}

function casesOf(kind: StoreKind, titles: Set<string>): Cases {
  const register = (title: string, run: (skip: (reason: string) => void) => Promise<void>) => {
    titles.add(title);
    void test(title, async (t) => {
      const reason = kind.deviations?.[title];
      if (reason) t.skip(reason);
      else await run((reason) => t.skip(reason));
    });
  };
  return {
    case: (title, run, options = {}) => register(title, () => runCase(kind, run, options)),
    when: (ability, title, run, options = {}) =>
      register(title, async (skip) => {
        if (await hasAbility(kind, ability)) await runCase(kind, run, options);
        else skip(`this store has no ${ability}`);
      }),
  };
}

async function hasAbility(kind: StoreKind, ability: Ability): Promise<boolean> {
  if (ability === "keepsOurTime") return kind.keepsOurTime;
  const store = await kind.open(createManualRuntime());
  await store.close();
  return store.driver[ability] !== undefined;
}

async function runCase(kind: StoreKind, run: (c: Case) => Promise<void>, options: CaseOptions): Promise<void> {
  const runtime = options.runtime ?? createManualRuntime(kind.keepsOurTime ? undefined : Date.now());
  const store = await kind.open(runtime);
  const worlds: World[] = [];
  let failuresExpected = false;
  const open = async (driver: StorageDriver, more: WorldOptions) => {
    // Where a store signs URLs, blobs are read from here all the same, unless a case is about those.
    const registry = { redirects: false, ...(kind.partSize && { partSize: kind.partSize }), ...more.registry };
    const world = await openWorld(driver, { runtime, ...more, registry });
    worlds.push(world);
    return world;
  };
  try {
    const driver = options.wrap?.(store.driver) ?? store.driver;
    await run({
      ...(await open(driver, options)),
      longBytes: kind.longBytes,
      replica: (more = {}) => open(driver, { ...options, ...more }),
      expectFailures: () => {
        failuresExpected = true;
      },
    });
    if (!failuresExpected) assertNoFailure(worlds);
    await assertReapable(store, runtime, worlds);
  } catch (error) {
    throw explained(error, worlds);
  } finally {
    for (const world of worlds) await world.close();
    await store.close();
  }
}

function assertNoFailure(worlds: readonly World[]): void {
  assert.deepEqual(failuresIn(worlds.flatMap(({ log }) => log)), []);
}

/** Clients are not told why a request failed; the log is. */
function explained(error: unknown, worlds: readonly World[]): unknown {
  const failures = failuresIn(worlds.flatMap(({ log }) => log));
  if (failures.length === 0) return error;
  return new Error(`the registry logged: ${inspect(failures, { depth: 6 })}`, { cause: error });
}

/** Whatever a case left unfinished, the reaper finds all of it one day. */
async function assertReapable(store: Store, runtime: ManualRuntime, worlds: readonly World[]): Promise<void> {
  await Promise.all(worlds.map(({ registry }) => registry.settled()));
  const later = { ...runtime, now: () => runtime.now() + 10_000 * HOUR };
  await openRegistry(store.driver, { runtime: later }).registry.reaper.reap();
  assert.deepEqual(await keysUnder(store.driver, "moorage/uploads/"), []);
  assert.deepEqual(await store.openUploads(), []);
}
