import type { Timer } from "../../drivers/layers/deadline.ts";

/** A clock that only tests move. */
export function manualTimer() {
  const pending = new Map<symbol, { readonly at: number; readonly onTime: () => void }>();
  let now = 0;
  const timer: Timer = (milliseconds, onTime) => {
    const id = Symbol("timer");
    pending.set(id, { at: now + milliseconds, onTime });
    return () => pending.delete(id);
  };
  return {
    timer,
    pending: () => pending.size,
    advance(milliseconds: number) {
      now += milliseconds;
      for (const [id, { at, onTime }] of [...pending]) {
        if (at > now) continue;
        pending.delete(id);
        onTime();
      }
    },
  };
}
