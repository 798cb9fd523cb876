/**
 * How many bytes may be taken in within one turn of the event loop, by all sources together. A socket may bring 2 MiB in a turn
 * (libuv reads it up to 32 times, 64 KiB each). Measured: with three of them, hashing and writing make turns of 6 to 9 ms, and so
 * long every other request waits.
 */
export interface TurnAllowance {
  /** A promise asks the caller to wait for a later turn. In the order of asking. */
  take(bytes: number): Promise<void> | undefined;
}

/** The chunk that reaches the end of `bytesPerTurn` is taken whole: else one that is larger would never be. */
export function createTurnAllowance(bytesPerTurn: number): TurnAllowance {
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  let left = bytesPerTurn;

  function spend(bytes: number): void {
    if (left === bytesPerTurn) setImmediate(beginTurn);
    left -= bytes;
  }

  /** By `setImmediate`: the sockets of all others have had their turn by then. */
  function beginTurn(): void {
    left = bytesPerTurn;
    while (left > 0) {
      const next = waiting.shift();
      if (next === undefined) return;
      spend(next.bytes);
      next.grant();
    }
  }

  return {
    take(bytes) {
      if (left > 0) return void spend(bytes);
      return new Promise((grant) => waiting.push({ bytes, grant }));
    },
  };
}
