/** Keys that somebody publishes at a URL: fetched, kept, and looked at again, because they are replaced from time to time. */
import { createKeyRing, type KeyRing, type TrustedKey } from "./auth/tokens/key-ring.ts";
import { parseKeySet } from "./auth/tokens/key-set.ts";
import type { KeySource } from "./auth/tokens/verify-token.ts";
import type { Log, Runtime } from "./runtime.ts";

export interface RemoteKeys extends Required<KeySource> {
  /** Counts the changes. */
  readonly generation: number;
  /** Resolves when they have been looked for once, in vain or not. */
  readonly started: Promise<void>;
  close(): void;
}

export interface RemoteKeysOptions {
  /** What they are to the operator. */
  readonly what: string;
  /** Resolves to the text of a key set. */
  readonly fetch: () => Promise<string>;
}

const REFRESH_EVERY = 10 * 60_000;
const RETRY_EVERY = 30_000;
/** Whoever makes up names of keys must not make us ask for each. */
const LOOK_AGAIN_AFTER = 30_000;
/** Keys that nobody has confirmed for so long may have been withdrawn. */
const TRUSTED_FOR = 24 * 3_600_000;

const NO_KEYS: readonly TrustedKey[] = [];

export function createRemoteKeys(
  { what, fetch }: RemoteKeysOptions,
  { runtime, log }: { readonly runtime: Runtime; readonly log: Log },
): RemoteKeys {
  const closing = new AbortController();
  const now = () => runtime.now();
  let text = "";
  let ring: KeyRing = createKeyRing({ keys: NO_KEYS }, now);
  let generation = 0;
  let confirmedAt = runtime.monotonic();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let flight: Promise<boolean> | undefined;

  function take(fetched: string): void {
    if (fetched === text) return;
    const keys = parseKeySet(fetched);
    if (keys.length === 0) throw new RangeError("it has no key for signatures");
    if (text !== "") log.info({}, `${what} have changed`);
    text = fetched;
    ring = createKeyRing({ keys }, now);
    generation += 1;
  }

  function forget(): void {
    if (text === "" || runtime.monotonic() - confirmedAt < TRUSTED_FOR) return;
    text = "";
    ring = createKeyRing({ keys: NO_KEYS }, now);
    generation += 1;
    log.error({}, `${what} could not be confirmed for a day, and count no more`);
  }

  async function look(): Promise<boolean> {
    lookedAt = runtime.monotonic();
    try {
      take(await fetch());
      confirmedAt = runtime.monotonic();
      return true;
    } catch (error) {
      log.error({}, `${what} cannot be fetched: ${(error as Error).message}`);
      forget();
      return false;
    }
  }

  const lookOnce = (): Promise<boolean> => {
    flight ??= look().finally(() => {
      flight = undefined;
    });
    return flight;
  };

  async function keepLooking(): Promise<void> {
    let isFresh = await started;
    while (!closing.signal.aborted) {
      await runtime.sleep(isFresh ? REFRESH_EVERY : RETRY_EVERY, { signal: closing.signal });
      isFresh = await lookOnce();
    }
  }

  const started = lookOnce();
  keepLooking().catch((error: unknown) => {
    if (!closing.signal.aborted) log.error({ err: error }, `${what} are not looked at any more`);
  });
  return {
    get ring() {
      return ring;
    },
    get generation() {
      return generation;
    },
    async refresh() {
      if (flight === undefined && runtime.monotonic() - lookedAt < LOOK_AGAIN_AFTER) return;
      await lookOnce();
    },
    started: started.then(() => {}),
    close: () => closing.abort(),
  };
}
