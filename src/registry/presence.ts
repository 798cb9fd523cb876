/**
 * What repositories were lately seen to hold, so that reads need not ask the bucket each time. Only presence is remembered,
 * and not for long: another replica may delete. Never a proof for a push: that is src/registry/reliance.ts.
 */
import { LRUCache } from "lru-cache";
import type { Digest } from "../oci/digest.ts";
import type { Runtime } from "../runtime.ts";
import type { Holding } from "./reliance.ts";
import { upTo } from "./up-to.ts";

/** How long a delete on another replica may go unnoticed by a GET. HEAD always asks the bucket. */
const TTL_MILLISECONDS = 60_000;
const ENTRIES = 100_000;

/** What replicas tell each other. A store of it that is away makes them slower, no more: nothing here rejects. */
export interface SharedPresence {
  /** `undefined` for what it does not know, or not in time. */
  find(name: string): Promise<Digest | undefined>;
  saw(name: string, target: Digest, ttlMilliseconds: number): void;
  drop(name: string): void;
}

export interface Presence {
  /** Where the bytes are, or `undefined`: not known. */
  find(holding: Holding): Promise<Digest | undefined> | Digest | undefined;
  saw(holding: Holding, target: Digest): void;
  /** As `saw`, of what only follows from something else: it does not count where this process has seen it go. */
  conclude(holding: Holding, target: Digest): void;
  drop(holding: Holding): void;
}

export function createPresence(runtime: Runtime, shared?: SharedPresence | undefined): Presence {
  const seen = new LRUCache<string, Digest>({
    ...upTo(ENTRIES),
    ttl: TTL_MILLISECONDS,
    perf: { now: () => runtime.monotonic() },
  });
  const gone = new LRUCache<string, true>(upTo(ENTRIES));
  const nameOf = ({ repository, digest, as }: Holding) => `${as} ${repository}@${digest}`;
  const presence: Presence = {
    // What others saw is not kept here: they say when it is gone.
    find: (holding) => seen.get(nameOf(holding)) ?? shared?.find(nameOf(holding)),
    saw(holding, target) {
      const name = nameOf(holding);
      gone.delete(name);
      if (seen.get(name) === target) return;
      seen.set(name, target);
      shared?.saw(name, target, TTL_MILLISECONDS);
    },
    conclude(holding, target) {
      if (!gone.has(nameOf(holding))) presence.saw(holding, target);
    },
    drop(holding) {
      seen.delete(nameOf(holding));
      gone.set(nameOf(holding), true);
      shared?.drop(nameOf(holding));
    },
  };
  return presence;
}
