/**
 * Who was behind credentials that were verified a moment ago, so that a push with a hundred requests costs one bcrypt. Only
 * successes are remembered, a few minutes, under a keyed hash: the memory of this process has nothing that logs anybody in.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Runtime } from "../runtime.ts";
import type { Credentials } from "./access-controller.ts";

export interface CredentialCache<Outcome> {
  /** `undefined`: nobody verified them lately. */
  recall(credentials: Credentials): Outcome | undefined;
  /** What is remembered, or what `verify` says. Those with the same credentials share one `verify`. */
  resolve(credentials: Credentials, verify: () => Promise<Outcome>): Promise<Outcome>;
}

export interface CredentialCacheOptions<Outcome> {
  /** Changes whenever passwords or keys do: then nothing from before counts. */
  readonly generation: () => number;
  /** Until when the outcome counts, by this machine's clock. `undefined`: it must not be remembered. */
  readonly validUntil: (outcome: Outcome) => number | undefined;
  readonly entries?: number | undefined;
  readonly ttlMilliseconds?: number | undefined;
}

const ENTRIES = 10_000;
const TTL = 5 * 60_000;
/** In the last part of its life an entry is renewed while it still answers, so that its end is no stampede. */
const RENEW_AFTER = 0.8;

interface Entry<Outcome> {
  readonly outcome: Outcome;
  readonly validUntil: number;
  readonly generation: number;
  readonly since: number;
}

export function createCredentialCache<Outcome>(
  runtime: Runtime,
  options: CredentialCacheOptions<Outcome>,
): CredentialCache<Outcome> {
  const { generation, entries: max = ENTRIES, ttlMilliseconds: ttl = TTL } = options;
  const secret = runtime.randomBytes(32).toString("hex");
  const entries = new LRUCache<string, Entry<Outcome>>({ max });
  const flights = new Map<string, Promise<Outcome>>();

  function find(key: string): Entry<Outcome> | undefined {
    const entry = entries.get(key);
    if (entry === undefined || entry.generation !== generation()) return undefined;
    return runtime.monotonic() - entry.since < ttl && runtime.now() < entry.validUntil ? entry : undefined;
  }

  async function verifyAndKeep(key: string, current: number, verify: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await verify();
    const validUntil = options.validUntil(outcome);
    if (validUntil === undefined) entries.delete(key);
    else entries.set(key, { outcome, validUntil, generation: current, since: runtime.monotonic() });
    return outcome;
  }

  /** A request that came after a change must not join a flight from before. */
  function fly(key: string, verify: () => Promise<Outcome>): Promise<Outcome> {
    const current = generation();
    const flightKey = `${current} ${key}`;
    const joined = flights.get(flightKey);
    if (joined) return joined;
    const flight = verifyAndKeep(key, current, verify).finally(() => flights.delete(flightKey));
    flights.set(flightKey, flight);
    return flight;
  }

  return {
    recall: (credentials) => find(keyOf(credentials, secret))?.outcome,
    async resolve(credentials, verify) {
      const key = keyOf(credentials, secret);
      const entry = find(key);
      if (entry === undefined) return await fly(key, verify);
      // Whoever needs the next one learns if that went wrong.
      if (runtime.monotonic() - entry.since > ttl * RENEW_AFTER) fly(key, verify).catch(() => {});
      return entry.outcome;
    },
  };
}

/** The lengths keep `a:bc` and `ab:c` apart. */
function keyOf(credentials: Credentials, secret: string): string {
  if (credentials.scheme === "bearer") return hash("sha256", `${secret}bearer ${credentials.token}`, "base64url");
  if (credentials.scheme === "certificate")
    return hash("sha256", `${secret}certificate ${credentials.name}`, "base64url");
  const { username, password } = credentials;
  return hash("sha256", `${secret}basic ${username.length} ${username}${password}`, "base64url");
}
