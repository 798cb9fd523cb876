/** How many requests a caller may make: a token bucket for each, so that nobody has the registry for himself alone. */
import { LRUCache } from "lru-cache";
import type { Runtime } from "../runtime.ts";
import type { Origin } from "./access-controller.ts";
import { networkOf } from "./network.ts";

export interface RateLimit {
  /** Whoever is not known by name is known by the network of the address. Returns the seconds to stay away; 0 for go on. */
  take(subject: string, origin: Origin): number;
}

export interface RateLimitOptions {
  readonly requestsPerSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

interface Bucket {
  left: number;
  since: number;
}

/** Who is forgotten starts anew, with a full bucket: so it takes that many others to gain anything by it. */
const CALLERS = 50_000;

export function createRateLimit(
  { requestsPerSecond, burst }: RateLimitOptions,
  runtime: Pick<Runtime, "monotonic">,
): RateLimit {
  const buckets = new LRUCache<string, Bucket>({ max: CALLERS });

  function bucketOf(key: string, now: number): Bucket {
    const known = buckets.get(key);
    if (known) return known;
    const bucket = { left: burst, since: now };
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    take(subject, origin) {
      const now = runtime.monotonic();
      const bucket = bucketOf(subject === "" ? `network ${networkOf(origin.address)}` : `caller ${subject}`, now);
      bucket.left = Math.min(burst, bucket.left + ((now - bucket.since) / 1000) * requestsPerSecond);
      bucket.since = now;
      if (bucket.left < 1) return Math.ceil((1 - bucket.left) / requestsPerSecond);
      bucket.left -= 1;
      return 0;
    },
  };
}

/** Where nobody set one. */
export const noRateLimit: RateLimit = { take: () => 0 };
