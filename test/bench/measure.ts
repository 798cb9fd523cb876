/** One row: all registries on fresh stores, round after round, each in its turn. */

import { temporaryDirectory } from "../support/temp.ts";
import type { Peer } from "./peers/peer.ts";
import { type Running, startPeer } from "./peers/running.ts";
import type { Outcome, PeerResult, RowResult } from "./result.ts";
import { type Options, type Row, type Sample, titleOf } from "./row.ts";
import type { Stores } from "./stores/places.ts";

export interface MeasureOptions extends Options {
  readonly rounds: number;
}

interface Entrant {
  readonly name: string;
  readonly outcomes: Outcome[];
  round?: () => Promise<Sample>;
  registry?: Running;
  /** Why it is out. */
  failure?: string;
  /** What is left of it has to go, in this order. */
  readonly removals: (() => Promise<void>)[];
}

/** A peer that fails is out for this row; what is measured is what the others do. */
export async function measureRow(
  row: Row,
  peers: readonly Peer[],
  stores: Stores,
  options: MeasureOptions,
): Promise<RowResult> {
  const entrants = peers.map(({ name }): Entrant => ({ name, outcomes: [], removals: [] }));
  try {
    for (const [index, entrant] of entrants.entries())
      await orOut(entrant, () => prepare(row, peers[index] as Peer, entrant, stores, options));
    stores.delay(row.delayMilliseconds ?? 0);
    for (let n = 0; n < options.rounds; n++)
      for (const entrant of n % 2 === 0 ? entrants : entrants.toReversed())
        if (entrant.round) await orOut(entrant, () => measureRound(row, entrant, stores));
    return { title: titleOf(row), ...aboutOf(row), peers: await Promise.all(entrants.map(resultOf)) };
  } finally {
    stores.delay(0);
    for (const { removals } of entrants) for (const remove of removals) await remove();
  }
}

async function orOut(entrant: Entrant, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    delete entrant.round;
    entrant.failure = error instanceof Error ? error.message : String(error);
  });
}

async function prepare(row: Row, peer: Peer, entrant: Entrant, stores: Stores, options: Options): Promise<void> {
  const [place, files] = [await stores.create(row), await temporaryDirectory()];
  entrant.removals.push(() => place.remove(), files.remove);
  const registry = await startPeer(peer, { place, settings: row.settings ?? {}, directory: files.path });
  entrant.removals.unshift(registry.stop);
  entrant.registry = registry;
  entrant.round = await row.prepare(registry, options);
}

async function measureRound(row: Row, { round, registry, outcomes }: Entrant, stores: Stores): Promise<void> {
  if (!round || !registry) return;
  const isCounted = row.store === "s3" && !row.direct;
  if (isCounted) await stores.quiet();
  const [callsBefore, usageBefore] = [await stores.calls(), await registry.usage()];
  const { value, operations } = await round();
  if (isCounted) await stores.quiet();
  const usage = await registry.usage();
  outcomes.push({
    value,
    processorMilliseconds: ((usage.processorSeconds - usageBefore.processorSeconds) * 1000) / operations,
    ...(isCounted ? { calls: ((await stores.calls()) - callsBefore) / operations } : {}),
  });
}

async function resultOf({ name, outcomes, registry, failure }: Entrant): Promise<PeerResult> {
  if (failure !== undefined) return { name, failure };
  return { name, outcomes, peakMebibytes: (await registry?.usage())?.peakMebibytes ?? 0 };
}

function aboutOf({ unit, better, target }: Row): Pick<RowResult, "unit" | "better" | "target"> {
  return { unit, better, ...(target ? { target } : {}) };
}
