/** One row: all registries on fresh stores, round after round, each in its turn. */
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { putNginxBefore } from "./peers/nginx.ts";
import type { Peer } from "./peers/peer.ts";
import { type Running, startPeer } from "./peers/running.ts";
import type { Outcome, PeerResult, RowResult } from "./result.ts";
import { type Options, type Row, type Sample, titleOf } from "./row.ts";
import type { Place, Stores } from "./stores/places.ts";

export interface MeasureOptions extends Options {
  readonly rounds: number;
}

/** For one round: a registry that hangs must not hold up all others. */
const PATIENCE_MILLISECONDS = 300_000;

interface Entrant {
  readonly peer: Peer;
  readonly outcomes: Outcome[];
  running?: { readonly registry: Running; readonly round: () => Promise<Sample> };
  /** Why it is out. */
  failure?: string;
}

/** A peer that fails is out for this row; what is measured is what the others do. */
export async function measureRow(
  row: Row,
  peers: readonly Peer[],
  stores: Stores,
  options: MeasureOptions,
): Promise<RowResult> {
  const entrants = peers.map((peer): Entrant => ({ peer, outcomes: [] }));
  const removals: (() => Promise<void>)[] = [];
  let isOver = false;

  /** Who was given up on while it started may still come. */
  async function atEnd(remove: () => Promise<void>): Promise<void> {
    if (isOver) await remove();
    else removals.unshift(remove);
  }

  async function createPlace(): Promise<Place> {
    const place = await stores.create(row);
    await atEnd(place.remove);
    return place;
  }

  async function prepare(entrant: Entrant, shared: Place | undefined): Promise<void> {
    const place = shared ?? (await createPlace());
    const directory = temporaryDirectory();
    await atEnd(() => rm(directory, { recursive: true }));
    const { settings = {} } = row;
    const started = await startPeer(entrant.peer, { place, settings, directory });
    await atEnd(started.stop);
    const registry = settings.behindNginx ? await putNginxBefore(started, directory) : started;
    await atEnd(registry.stop);
    entrant.running = { registry, round: await row.prepare(registry, options) };
  }

  try {
    const shared = row.fill && (await createPlace());
    if (shared) await row.fill?.(shared);
    for (const entrant of entrants) await orOut(entrant, () => prepare(entrant, shared));
    stores.delay(row.delayMilliseconds ?? 0);
    for (let n = 0; n < options.rounds; n++)
      for (const entrant of n % 2 === 0 ? entrants : entrants.toReversed())
        await orOut(entrant, () => measureRound(row, entrant, stores));
    const { unit, better, target } = row;
    const results = await Promise.all(entrants.map(resultOf));
    return { title: titleOf(row), unit, better, ...(target ? { target } : {}), peers: results };
  } finally {
    stores.delay(0);
    isOver = true;
    for (const remove of removals) await remove();
  }
}

async function orOut(entrant: Entrant, work: () => Promise<void>): Promise<void> {
  const limit = new AbortController();
  const tooLong = sleep(PATIENCE_MILLISECONDS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`not done after ${PATIENCE_MILLISECONDS / 1000} s`);
  });
  try {
    await Promise.race([work(), tooLong]);
  } catch (error) {
    delete entrant.running;
    entrant.failure = messageOf(error);
  } finally {
    limit.abort();
  }
}

async function measureRound(row: Row, { running, outcomes }: Entrant, stores: Stores): Promise<void> {
  if (!running) return;
  const { registry, round } = running;
  const isCounted = row.store === "s3" && !row.direct;
  if (isCounted) await stores.quiet();
  const [callsBefore, usageBefore] = [await stores.calls(), await registry.usage()];
  const { value, operations } = await round();
  if (isCounted) await stores.quiet();
  const [calls, usage] = [await stores.calls(), await registry.usage()];
  outcomes.push({
    value,
    processorMilliseconds: ((usage.processorSeconds - usageBefore.processorSeconds) * 1000) / operations,
    ...(isCounted ? { calls: (calls - callsBefore) / operations } : {}),
  });
}

async function resultOf({ peer: { name }, outcomes, running, failure = "" }: Entrant): Promise<PeerResult> {
  if (!running) return { name, failure };
  return { name, outcomes, peakMebibytes: (await running.registry.usage()).peakMebibytes };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
