/** Tags: a link to the digest that a tag means now, and one for each digest that it ever meant. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { isDriverError } from "../../drivers/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { isTag, type RepositoryName, type Tag } from "../oci/names.ts";
import type { Page, PageRequest } from "../oci/pages.ts";
import { isEmpty, unlessAbsent } from "./content.ts";
import { currentTagKey, tagEntryPrefix, tagIndexKey, tagIndexPrefix, tagPrefix, tagsPrefix } from "./keys.ts";
import { readLink, type SharedLinkReader, writeLink } from "./links.ts";
import { nameOrderedPage } from "./name-order.ts";
import { createPool } from "./pool.ts";
import type { Protocol } from "./protocol.ts";

/** Tags that lose what they mean. */
const AT_ONCE = 8;

export interface TagStore {
  /** Always from the bucket. Rejects `manifest_unknown`. */
  resolve(repository: RepositoryName, tag: Tag, options?: CallOptions): Promise<Digest>;
  /** Enters `target` into the tag's history. Before `set`: a tag that means a digest is found among those that ever did. */
  remember(repository: RepositoryName, tag: Tag, target: Digest, options?: CallOptions): Promise<void>;
  set(repository: RepositoryName, tag: Tag, target: Digest, options?: CallOptions): Promise<void>;
  /** As `set`, for those who must not move tags. Rejects `denied` for one that means something else. */
  setNew(repository: RepositoryName, tag: Tag, target: Digest, options?: CallOptions): Promise<void>;
  /** Rejects as `setNew` would, before anything is stored. */
  assertNew(repository: RepositoryName, tag: Tag, target: Digest, options?: CallOptions): Promise<void>;
  /** The manifest stays. Rejects `manifest_unknown`. */
  delete(repository: RepositoryName, tag: Tag, options?: CallOptions): Promise<void>;
  /** Removes every tag that means `target`, and forgets that others once did. */
  deleteAllOf(repository: RepositoryName, target: Digest, options?: CallOptions): Promise<void>;
  /** In the order of the spec: by bytes. An empty page may also mean that there is no such repository. */
  list(repository: RepositoryName, page: PageRequest, options?: CallOptions): Promise<Page<Tag>>;
}

export function createTagStore({
  driver,
  readSharedLink,
  protocol,
}: {
  readonly driver: StorageDriver;
  readonly readSharedLink: SharedLinkReader;
  readonly protocol: Protocol;
}): TagStore {
  const currentOf = (repository: RepositoryName, tag: Tag, options?: CallOptions) =>
    readLink(driver, currentTagKey(repository, tag), options);

  /** `false`: somebody else was first. */
  async function create(repository: RepositoryName, tag: Tag, target: Digest, options?: CallOptions): Promise<boolean> {
    const key = currentTagKey(repository, tag);
    if (driver.conditional === undefined) {
      await writeLink(driver, key, target, options);
      return true;
    }
    try {
      await driver.conditional.create(key, Buffer.from(target, "latin1"), options);
      return true;
    } catch (error) {
      if (isDriverError(error, "already_exists")) return false;
      throw error;
    }
  }

  const tags: TagStore = {
    async resolve(repository, tag, options) {
      return (await readSharedLink(currentTagKey(repository, tag), options)) ?? unknown(tag);
    },

    remember: (repository, tag, target, options) =>
      writeLink(driver, tagIndexKey(repository, tag, target), target, options),

    set: (repository, tag, target, options) => writeLink(driver, currentTagKey(repository, tag), target, options),

    async setNew(repository, tag, target, options) {
      if ((await currentOf(repository, tag, options)) === undefined && (await create(repository, tag, target, options)))
        return;
      await tags.assertNew(repository, tag, target, options);
    },

    async assertNew(repository, tag, target, options) {
      const current = await currentOf(repository, tag, options);
      if (current === undefined || current === target) return;
      throw new RegistryError("denied", `the tag ${tag} is there, and you may not let it mean something else`, {
        details: [{ detail: { tag, digest: current } }],
      });
    },

    async delete(repository, tag, options) {
      protocol.assertWritable();
      const current = await readLink(driver, currentTagKey(repository, tag), options);
      if (current !== undefined) return await removeTag(driver, repository, tag, current, options);
      // What a push or a removal that stopped half-way has left is listed, so it can be deleted too.
      const left: string[] = [];
      for await (const { key } of driver.list(tagPrefix(repository, tag), options)) left.push(key);
      if (left.length === 0) return unknown(tag);
      await driver.deleteMany(left, options);
    },

    async deleteAllOf(repository, target, options) {
      const pool = createPool(AT_ONCE);
      async function forget({ tag, meant }: Candidate): Promise<void> {
        const isRemembered = await meant();
        const current = await meaningOf(tag, isRemembered);
        if (current === target) await removeTag(driver, repository, tag, target, options);
        else if (isRemembered) await driver.delete(tagIndexKey(repository, tag, target), options);
      }
      async function meaningOf(tag: Tag, isRemembered: boolean): Promise<Digest | undefined> {
        try {
          return await readLink(driver, currentTagKey(repository, tag), options);
        } catch (error) {
          // What has a history of others only is no concern of this one, whether it can be read or not.
          const meantOthers = !isRemembered && !(await isEmpty(driver, tagIndexPrefix(repository, tag), options));
          if (meantOthers) return undefined;
          throw error;
        }
      }
      try {
        for await (const candidate of candidatesOf(driver, repository, target, options))
          await pool.begin(() => forget(candidate));
      } finally {
        await pool.idle();
      }
    },

    async list(repository, page, options) {
      const prefix = tagsPrefix(repository);
      return await nameOrderedPage<Tag>({
        driver,
        prefix,
        page,
        parse: (name) => (isTag(name) ? name : undefined),
        isThere: async (tag) =>
          (await unlessAbsent(() => driver.head(currentTagKey(repository, tag), options))) !== undefined,
        options,
      });
    },
  };
  return tags;
}

/**
 * The current link last: as long as anything of a tag is there, the tag is there whole enough to be read and deleted again.
 * What is left when a removal stops half-way is a tag that still means what it meant.
 */
async function removeTag(
  driver: StorageDriver,
  repository: RepositoryName,
  tag: Tag,
  current: Digest,
  options?: CallOptions,
): Promise<void> {
  const keep = new Set([currentTagKey(repository, tag), tagIndexKey(repository, tag, current)]);
  const old: string[] = [];
  for await (const { key } of driver.list(tagPrefix(repository, tag), options)) if (!keep.has(key)) old.push(key);
  if (old.length > 0) await driver.deleteMany(old, options);
  await driver.delete(tagIndexKey(repository, tag, current), options);
  await driver.delete(currentTagKey(repository, tag), options);
}

interface Candidate {
  readonly tag: Tag;
  /** Whether its history has the target. */
  readonly meant: () => Promise<boolean>;
}

/** Where a listing would read the whole history of each tag, it is quicker to look at two places of each. */
async function* candidatesOf(
  driver: StorageDriver,
  repository: RepositoryName,
  target: Digest,
  options?: CallOptions,
): AsyncIterable<Candidate> {
  const { directories } = driver;
  if (directories === undefined) return yield* tagsThatMayMean(driver, repository, target, options);
  for (const name of await directories.names(tagsPrefix(repository), options)) {
    const tag = name.slice(0, -1);
    if (!isTag(tag)) continue;
    const history = tagEntryPrefix(repository, tag, target);
    yield { tag, meant: async () => (await directories.names(history, options)).length > 0 };
  }
}

/**
 * Those that ever meant `target`, and those without any history (a removal stopped half-way): from one listing, without
 * reading the tags.
 */
async function* tagsThatMayMean(
  driver: StorageDriver,
  repository: RepositoryName,
  target: Digest,
  options?: CallOptions,
): AsyncIterable<Candidate> {
  const prefix = tagsPrefix(repository);
  let at = { tag: "", meant: false, history: false };
  const candidate = ({ tag, meant, history }: typeof at): Candidate[] =>
    isTag(tag) && (meant || !history) ? [{ tag, meant: async () => meant }] : [];
  for await (const { key } of driver.list(prefix, options)) {
    const [tag = "", role, algorithm, hex] = key.slice(prefix.length).split("/");
    if (tag !== at.tag) {
      yield* candidate(at);
      at = { tag, meant: false, history: false };
    }
    if (role === "index") at = { tag, history: true, meant: at.meant || `${algorithm}:${hex}` === target };
  }
  yield* candidate(at);
}

function unknown(tag: Tag): never {
  throw new RegistryError("manifest_unknown", "manifest unknown", { details: [{ detail: { tag } }] });
}
