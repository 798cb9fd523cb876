/**
 * Guessing passwords gets slower with each wrong one, for that name from that address, and in a wider bound for that address.
 * Nobody else has to wait: not the user from elsewhere, and nobody whose password was right from there before.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Runtime } from "../runtime.ts";
import { networkOf } from "./network.ts";
import type { PasswordAnswer } from "./passwords.ts";

export interface LoginAttempt {
  readonly username: string;
  readonly password: string;
  readonly address: string;
}

export interface LoginThrottle {
  /**
   * Waits a little where that is enough. "busy": come back later; the attempt may not have been made. `check` learns whether just
   * that login was right before.
   */
  slow(login: LoginAttempt, check: (isFamiliar: boolean) => Promise<PasswordAnswer>): Promise<PasswordAnswer>;
  /** How long whoever was told "busy" should stay away. */
  retryAfterSeconds(login: LoginAttempt): number;
}

interface Failures {
  count: number;
  /** Attempts whose outcome nobody knows yet count as failures, or many at once would be free. */
  pending: number;
  /** When the last one was. */
  last: number;
  /** Up to when what is to be forgotten was. */
  fadedAt: number;
}

interface Allowance {
  readonly free: number;
  /** How many more double the wait. */
  readonly doubledBy: number;
  readonly atOnce: number;
}

const ENTRIES = 20_000;
const FORGET_AFTER = 15 * 60_000;
/** A person mistypes, and a client tries several times. */
const PAIR: Allowance = { free: 5, doubledBy: 1, atOnce: 5 };
/** An office behind one address. */
const ADDRESS: Allowance = { free: 50, doubledBy: 10, atOnce: 16 };
/** There somebody always mistypes: so often one failure fades away. */
const FADES_IN = 60_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 60_000;
/** Longer than that, a connection is not kept waiting. */
const PATIENCE = 2000;
const BUSY_SECONDS = 1;

export function createLoginThrottle(runtime: Runtime): LoginThrottle {
  const secret = runtime.randomBytes(32).toString("hex");
  const perf = { now: () => runtime.monotonic() };
  const memory = () => new LRUCache<string, Failures>({ max: ENTRIES, ttl: FORGET_AFTER, perf });
  const pairs = memory();
  const addresses = memory();
  const familiar = new LRUCache<string, true>({ max: ENTRIES });

  const familiarKey = ({ username, password, address }: LoginAttempt): string =>
    hash("sha256", `${secret}${networkOf(address)} ${username.length} ${username}${password}`, "base64url");
  const pairKey = ({ username, address }: LoginAttempt): string => `${networkOf(address)} ${username}`;

  const waitOf = (failures: Failures | undefined, allowance: Allowance): number => {
    if (!failures) return 0;
    const excess = failures.count + failures.pending - allowance.free;
    if (excess < 0) return 0;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (excess / allowance.doubledBy));
    return Math.max(0, failures.last + wait - runtime.monotonic());
  };

  function wait(login: LoginAttempt): number {
    const pair = pairs.get(pairKey(login));
    const address = addresses.get(networkOf(login.address));
    if (address) fade(address, runtime.monotonic());
    const isCrowded = (pair?.pending ?? 0) >= PAIR.atOnce || (address?.pending ?? 0) >= ADDRESS.atOnce;
    return isCrowded ? Number.POSITIVE_INFINITY : Math.max(waitOf(pair, PAIR), waitOf(address, ADDRESS));
  }

  function entryIn(entries: LRUCache<string, Failures>, key: string): Failures {
    const entry = entries.get(key) ?? { count: 0, pending: 0, last: 0, fadedAt: runtime.monotonic() };
    entries.set(key, entry);
    return entry;
  }

  return {
    async slow(login, check) {
      const key = familiarKey(login);
      if (familiar.has(key)) {
        const answer = await check(true);
        // The password has changed since then: from now on this is a mistake like any other.
        if (answer === "wrong") familiar.delete(key);
        return answer;
      }
      const milliseconds = wait(login);
      if (milliseconds > PATIENCE) return "busy";
      const pair = entryIn(pairs, pairKey(login));
      const address = entryIn(addresses, networkOf(login.address));
      for (const entry of [pair, address]) begin(entry, runtime.monotonic());
      let answer: PasswordAnswer = "busy";
      try {
        if (milliseconds > 0) await runtime.sleep(milliseconds);
        answer = await check(false);
        return answer;
      } finally {
        for (const entry of [pair, address]) entry.pending -= 1;
        if (answer === "wrong") fail(pair, address, runtime.monotonic());
        if (answer === "right") {
          familiar.set(key, true);
          pairs.delete(pairKey(login));
        }
      }
    },

    retryAfterSeconds(login) {
      const milliseconds = wait(login);
      return Number.isFinite(milliseconds) ? Math.max(BUSY_SECONDS, Math.ceil(milliseconds / 1000)) : BUSY_SECONDS;
    },
  };
}

function begin(entry: Failures, now: number): void {
  entry.pending += 1;
  entry.last = now;
}

/** One client that goes on with a wrong password is slow already, and must not make its whole office slow. */
function fail(pair: Failures, address: Failures, now: number): void {
  pair.count += 1;
  pair.last = now;
  if (pair.count > PAIR.free) return;
  address.count += 1;
  address.last = now;
}

function fade(entry: Failures, now: number): void {
  const faded = Math.floor((now - entry.fadedAt) / FADES_IN);
  entry.count = Math.max(0, entry.count - faded);
  entry.fadedAt += faded * FADES_IN;
}
