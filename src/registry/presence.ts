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

export interface Presence {
  /** Where the bytes are, or `undefined`: not known. */
  find(holding: Holding): Digest | undefined;
  saw(holding: Holding, target: Digest): void;
  drop(holding: Holding): void;
}

export function createPresence(runtime: Runtime): Presence {
  const seen = new LRUCache<string, Digest>({
    ...upTo(ENTRIES),
    ttl: TTL_MILLISECONDS,
    perf: { now: () => runtime.monotonic() },
  });
  const name = ({ repository, digest, as }: Holding) => `${as} ${repository}@${digest}`;
  return {
    find: (holding) => seen.get(name(holding)),
    saw: (holding, target) => void seen.set(name(holding), target),
    drop: (holding) => void seen.delete(name(holding)),
  };
}
