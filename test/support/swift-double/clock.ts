/** Tells each timestamp once, and can be put forward. */
export class Clock {
  #ahead = 0;
  #last = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  /** Seconds, with five digits after the point. */
  timestamp(): string {
    this.#last = Math.max(this.#last + 1, this.now() * 100);
    return (this.#last / 100_000).toFixed(5);
  }
}

/** As in headers: whole seconds, rounded up. */
export function httpDate(timestamp: string): string {
  return new Date(Math.ceil(Number(timestamp)) * 1000).toUTCString();
}

/** As in listings. */
export function listedDate(timestamp: string): string {
  const [seconds = "", fraction = ""] = timestamp.split(".");
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}0`;
}
