/** What is measured: a row of the result. */
import type { Running } from "./peers/running.ts";
import type { Better } from "./statistics.ts";
import type { Place } from "./stores/places.ts";

export interface Row {
  readonly name: string;
  readonly store: "filesystem" | "s3";
  /** Added to each call of the store. Only on S3. */
  readonly delayMilliseconds?: number;
  /** Without the proxy between registry and store: for what is about bytes, not calls. Only on S3, without a delay. */
  readonly direct?: boolean;
  readonly settings?: Settings;
  readonly unit: Unit;
  readonly better: Better;
  /** What it should come to. */
  readonly target?: Target;
  /** Left out with `--quick`. */
  readonly slow?: boolean;
  /** Such a row has one store for all peers, filled once, in the layout that they share: for reading only. */
  readonly fill?: (place: Place) => Promise<void>;
  /** Once for each peer, before all rounds. What it gives is called for each round. */
  prepare(registry: Running, options: Options): Promise<() => Promise<Sample>>;
}

/** `s` is a time, and shown in ms if it is short. */
export type Unit = "req/s" | "ms" | "s" | "MiB/s" | "blobs/s" | "images/s" | "×";

export interface Target {
  /** How many times better than the reference. */
  readonly ratio?: number;
  /** In the row's unit. */
  readonly value?: number;
  /** Of all its processes together, resident, at most. */
  readonly mebibytes?: number;
}

export interface Settings {
  /** Blobs go through the registry, though the store could send them. */
  readonly withoutRedirects?: boolean;
  /** Clients come through nginx, which sends the files itself for a registry that can ask for that. Only on a filesystem. */
  readonly behindNginx?: boolean;
  /** A password is asked for, and each request is logged. */
  readonly guarded?: boolean;
}

export interface Options {
  /** How long a round of many requests lasts: whole seconds, for wrk takes no others. */
  readonly seconds: number;
  /** Smaller blobs, fewer of them. */
  readonly quick: boolean;
}

export interface Sample {
  /** In the row's unit. */
  readonly value: number;
  /** How often it did what it does: calls of the store and processor time are shown for each. */
  readonly operations: number;
}

/** As it is shown and searched. */
export function titleOf({ store, delayMilliseconds, direct, name }: Row): string {
  const place = store === "filesystem" ? "filesystem" : "S3";
  const delay = delayMilliseconds ? ` + ${delayMilliseconds} ms` : "";
  return `${place}${delay}${direct ? " directly" : ""}: ${name}`;
}
