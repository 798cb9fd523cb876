/** Lists in the order of the spec, from stores that have another, against a sort. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { openDriver } from "../../../drivers/open.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName, parseTag, type Tag } from "../../../src/oci/names.ts";
import type { Page, PageRequest } from "../../../src/oci/pages.ts";
import { currentTagKey, manifestsPrefix } from "../../../src/registry/keys.ts";
import { createRepositoryStore } from "../../../src/registry/repositories.ts";
import { openRegistry } from "../../support/registry-world.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const REPOSITORY = parseRepositoryName("a");
const LINK = Buffer.from(digestOf(Buffer.alloc(0)));
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

const STORES: readonly (readonly [name: string, runs: number, open: () => Promise<StorageDriver>])[] = [
  ["memory", 400, async () => createMemoryDriver()],
  [
    "filesystem",
    15,
    async () => {
      const directory = await temporaryDirectory();
      const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: () => {} });
      closing.push(async () => {
        await driver.close();
        await directory.remove();
      });
      return driver;
    },
  ],
];

/** Where the two orders differ: names that begin with others, and go on with what is below "/". */
const tags = fc
  .tuple(fc.constantFrom("a", "1", "_"), fc.string({ unit: fc.constantFrom("a", "1", "-", ".", "_"), maxLength: 5 }))
  .map((parts) => parts.join(""));
const components = fc.constantFrom("a", "a-a", "a.a", "a--1", "a_1", "a0", "1", "aa");
const repositories = fc.array(components, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
/** So few entries in a call that a handful of repositories are many. */
const stretches = fc.constantFrom(1, 2, 3, 5, 1000);

async function pagesOf<Entry extends string>(
  list: (page: PageRequest) => Promise<Page<Entry>>,
  limit: number,
  last?: string,
  between: (page: Page<Entry>) => Promise<void> = async () => {},
): Promise<Entry[][]> {
  const pages: Entry[][] = [];
  for (let next: string | undefined = last, first = true; first || next !== undefined; first = false) {
    const page: Page<Entry> = await list({ limit, last: next });
    pages.push([...page.entries]);
    next = page.next;
    await between(page);
  }
  return pages;
}

function assertPages(pages: readonly (readonly string[])[], expected: readonly string[], limit: number): void {
  assert.deepEqual(pages.flat(), expected);
  for (const page of pages.slice(0, -1)) assert.equal(page.length, limit);
  assert.equal(pages.length, Math.max(1, Math.ceil(expected.length / limit)));
}

for (const [name, numRuns, open] of STORES) {
  test(`tags in pages of every size: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tags, { maxLength: 12 }), tags, async (names, last) => {
        const driver = await open();
        const { registry } = openRegistry(driver);
        for (const tag of names) await driver.put(currentTagKey(REPOSITORY, parseTag(tag)), LINK);
        const sorted = names.toSorted();
        const list = (page: PageRequest) => registry.tags.list(REPOSITORY, page);
        for (let limit = 1; limit <= names.length + 1; limit++) {
          assertPages(await pagesOf(list, limit), sorted, limit);
          const rest = sorted.filter((tag) => tag > last);
          assertPages(await pagesOf(list, limit, last), rest, limit);
        }
        assert.deepEqual(await pagesOf(list, Number.POSITIVE_INFINITY), [sorted]);
      }),
      { numRuns },
    );
  });

  test(`repositories in pages of every size: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(repositories, { maxLength: 10 }),
        repositories,
        stretches,
        async (names, last, stretch) => {
          const driver = await open();
          const { list, walk } = createRepositoryStore({ driver }, { stretch });
          for (const repository of names)
            await driver.put(`${manifestsPrefix(parseRepositoryName(repository))}x`, LINK);
          const sorted = names.toSorted();
          for (let limit = 1; limit <= names.length + 1; limit++) {
            assertPages(await pagesOf(list, limit), sorted, limit);
            assertPages(
              await pagesOf(list, limit, last),
              sorted.filter((it) => it > last),
              limit,
            );
          }
          assert.deepEqual(await Array.fromAsync(walk()), sorted);
        },
      ),
      { numRuns },
    );
  });

  test(`while tags come and go, those that stay are listed, once: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(tags, { minLength: 1, maxLength: 12 }),
        fc.array(fc.array(tags, { maxLength: 4 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 4 }),
        async (staying, changes, limit) => {
          const driver = await open();
          const { registry } = openRegistry(driver);
          const write = (tag: string) => driver.put(currentTagKey(REPOSITORY, parseTag(tag)), LINK);
          const remove = (tag: Tag) => driver.delete(currentTagKey(REPOSITORY, tag));
          for (const tag of staying) await write(tag);
          let turn = 0;
          let passing: string[] = [];
          const pages = await pagesOf(
            (page) => registry.tags.list(REPOSITORY, page),
            limit,
            undefined,
            async () => {
              for (const tag of passing) await remove(parseTag(tag));
              passing = (changes[turn++ % changes.length] ?? []).filter((tag) => !staying.includes(tag));
              for (const tag of passing) await write(tag);
            },
          );
          const listed = pages.flat();
          assert.deepEqual(listed, [...new Set(listed)].sort());
          assert.deepEqual(
            listed.filter((tag) => staying.includes(tag)),
            staying.toSorted(),
          );
        },
      ),
      { numRuns },
    );
  });
}
