/**
 * "This push relies on that digest." Whoever is about to answer a client in a way that lets it leave out an upload, or is
 * about to store something that references a digest, asks here, and nowhere else. What counts is what the bucket says, never
 * a cache: except that what this very process wrote or looked at a moment ago counts as looked at.
 *
 * Online garbage collection hooks in at this one place: a digest that is about to be collected is rescued before the look.
 */
import { LRUCache } from "lru-cache";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Runtime } from "../runtime.ts";
import { upTo } from "./up-to.ts";

/** Far below the age at which a collector may touch anything. */
const SEEN_FOR_MILLISECONDS = 10 * 60_000;
const SEEN_ENTRIES = 100_000;

/** That `repository` holds `digest`, as a blob or as a manifest: the same bytes may be either, or both. */
export interface Holding {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly as: "blob" | "manifest";
}

/** Asks the bucket. What this process saw lately is likely there still. */
type Look = (sawLately: boolean) => Promise<Descriptor | undefined>;

export interface Reliance {
  /** Resolves to what `look` found. */
  on(holding: Holding, look: Look): Promise<Descriptor | undefined>;
  /** As `on`, where what this process wrote or looked at in the last minutes will do. */
  onRecent(holding: Holding, look: Look): Promise<Descriptor | undefined>;
  /** This process has just stored the content and its link. */
  wrote(holding: Holding, descriptor: Descriptor): void;
  /** This process is about to remove the link. */
  removed(holding: Holding): void;
  /** A repository that this process has lately seen to hold the blob: a hint where to look, no more. */
  holderOf(digest: Digest): RepositoryName | undefined;
}

export function createReliance(runtime: Runtime): Reliance {
  const seen = new LRUCache<string, Descriptor>({
    ...upTo(SEEN_ENTRIES),
    ttl: SEEN_FOR_MILLISECONDS,
    perf: { now: () => runtime.monotonic() },
  });
  const holders = new LRUCache<Digest, RepositoryName>(upTo(SEEN_ENTRIES));
  const name = ({ repository, digest, as }: Holding) => `${as} ${repository}@${digest}`;

  function remember(holding: Holding, descriptor: Descriptor): void {
    seen.set(name(holding), descriptor);
    if (holding.as === "blob") holders.set(holding.digest, holding.repository);
  }

  function forget(holding: Holding): void {
    seen.delete(name(holding));
    if (holders.get(holding.digest) === holding.repository) holders.delete(holding.digest);
  }

  const reliance: Reliance = {
    async on(holding, look) {
      const found = await look(seen.has(name(holding)));
      if (found) remember(holding, found);
      else forget(holding);
      return found;
    },
    async onRecent(holding, look) {
      return seen.get(name(holding)) ?? (await reliance.on(holding, look));
    },
    wrote: remember,
    removed: forget,
    holderOf: (digest) => holders.get(digest),
  };
  return reliance;
}
