/** Runs the cases of the suite against one driver: each under its own prefix, each with a look at what it leaves behind. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ListEntry, ListOptions, ObjectInfo, StorageDriver } from "../../../drivers/contract.ts";
import { type DriverErrorKind, isDriverError } from "../../../drivers/errors.ts";

/** A store, and two drivers over it. */
export interface Subject {
  readonly driver: StorageDriver;
  /** Opened on its own, as another replica would. */
  readonly second: StorageDriver;
  /** Names of unfinished uploads and temporary files. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
  /** How many keys are some pages of a listing. Fewer for an emulator that is slow, and a driver that asks for short pages. */
  readonly manyKeys?: number | undefined;
  /** Odd names that the store cannot hold: the driver refuses them as `key_invalid`. */
  readonly refuses?: RegExp | undefined;
  /** Cases that this very store cannot pass, each with the reason. */
  readonly deviations?: Readonly<Record<string, string>> | undefined;
}

export interface Case {
  readonly driver: StorageDriver;
  readonly second: StorageDriver;
  readonly manyKeys: number;
  readonly refuses: RegExp | undefined;
  /** Ends in "/". */
  readonly prefix: string;
  /** Puts that name under the case's prefix. */
  key(name: string): string;
  /** This case aborts writes: a store that has received one whole may carry it out after the case. */
  expectLateWrites(): void;
}

/** What a driver need not have. */
const ABILITIES = {
  directories: ({ directories }: StorageDriver) => directories,
  conditional: ({ conditional }: StorageDriver) => conditional,
  presign: ({ presign }: StorageDriver) => presign,
  listUploads: ({ multipart }: StorageDriver) => multipart.listUploads?.bind(multipart),
  openPart: ({ multipart }: StorageDriver) => multipart.openPart?.bind(multipart),
};
type Abilities = typeof ABILITIES;
type Ability<A extends keyof Abilities> = NonNullable<ReturnType<Abilities[A]>>;

export interface Contract {
  case(title: string, run: (c: Case) => Promise<void>): void;
  /** Only for drivers that can do it. */
  when<A extends keyof Abilities>(
    ability: A,
    title: string,
    run: (c: Case, ability: Ability<A>) => Promise<void>,
  ): void;
}

export function runContract(
  name: string,
  open: () => Promise<Subject>,
  chapters: readonly ((contract: Contract) => void)[],
) {
  describe(`driver contract: ${name}`, () => {
    let subject: Subject;
    let count = 0;
    before(async () => {
      subject = await open();
    });
    after(() => subject?.close());

    const titles = new Set<string>();
    const register = (title: string, run: (skip: (reason: string) => void) => Promise<void>) => {
      titles.add(title);
      void test(title, async (t) => {
        const reason = subject.deviations?.[title];
        if (reason) t.skip(reason);
        else await run((reason) => t.skip(reason));
      });
    };
    const runCase = async (run: (c: Case) => Promise<void>) => {
      const prefix = `contract/case-${++count}/`;
      const { driver, second, refuses, manyKeys = 2500 } = subject;
      let cleanings = 1;
      const expectLateWrites = () => {
        cleanings = CLEANINGS_AFTER_ABORTS;
      };
      await run({ driver, second, refuses, manyKeys, prefix, key: (name) => prefix + name, expectLateWrites });
      await assertCleanable(subject, prefix, cleanings);
    };
    const contract: Contract = {
      case: (title, run) => register(title, () => runCase(run)),
      when: (name, title, run) =>
        register(title, async (skip) => {
          const ability = ABILITIES[name](subject.driver);
          if (ability) await runCase((c) => run(c, ability as Ability<typeof name>));
          else skip(`this driver has no ${name}`);
        }),
    };
    for (const chapter of chapters) chapter(contract);
    test("deviations are of cases that there are", () => {
      for (const title of Object.keys(subject.deviations ?? {})) assert.ok(titles.has(title), title);
    });
  });
}

/** More than there are writes that can come late. */
const CLEANINGS_AFTER_ABORTS = 100;

async function assertCleanable({ driver, leftovers }: Subject, prefix: string, cleanings: number): Promise<void> {
  assert.deepEqual(await leftovers(), [], "unfinished work remains");
  let left = await entriesOf(driver, prefix);
  for (let cleaning = 0; cleaning < cleanings && left.length > 0; cleaning++) {
    await driver.deleteMany(left.map(({ key }) => key));
    left = await entriesOf(driver, prefix);
  }
  assert.deepEqual(left, []);
  assert.deepEqual(await entriesOf(driver, prefix, { delimiter: "/" }), []);
}

export async function entriesOf(driver: StorageDriver, prefix: string, options?: ListOptions): Promise<ListEntry[]> {
  const entries: ListEntry[] = [];
  for await (const entry of driver.list(prefix, options)) entries.push(entry);
  return entries;
}

export async function keysOf(driver: StorageDriver, prefix: string, options?: ListOptions): Promise<string[]> {
  return (await entriesOf(driver, prefix, options)).map(({ key }) => key);
}

export async function read(driver: StorageDriver, key: string): Promise<Buffer> {
  return await (await driver.get(key)).bytes();
}

/** Not as booleans in a failure message of a thousand bytes. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.ok(Buffer.compare(actual, expected) === 0, "other bytes");
}

export async function rejectsWith(kind: DriverErrorKind, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isDriverError(error), `not a DriverError: ${error}`);
    assert.equal(error.kind, kind, error.message);
    return true;
  });
}

/** Some are objects that find out what they are asked for, of which a deep comparison sees nothing. */
export function assertSameInfo(actual: ObjectInfo, expected: ObjectInfo): void {
  const fieldsOf = ({ size, version, lastModified }: ObjectInfo) => ({ size, version, lastModified });
  assert.deepEqual(fieldsOf(actual), fieldsOf(expected));
}
