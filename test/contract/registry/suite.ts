/** What the registry promises, whatever the store: over HTTP, by the ids of the OCI distribution-spec's endpoints. */
import { base, probes } from "./base.ts";
import { blobs, ranges } from "./blobs.ts";
import { deletedBlobs, deletedManifests, forbidden } from "./deletes.ts";
import { failures } from "./failures.ts";
import { type Chapter, runChapters, type StoreKind } from "./harness.ts";
import { catalog, tags } from "./lists.ts";
import { locations } from "./locations.ts";
import { references } from "./manifest-references.ts";
import { pulledManifests, pushedManifests, tagParameters } from "./manifests.ts";
import { mounts } from "./mounts.ts";
import { protocol } from "./protocol.ts";
import { reaper } from "./reaper.ts";
import { redirects } from "./redirects.ts";
import { referrers } from "./referrers.ts";

import { races, retries, uploadMemory } from "./upload-races.ts";
import { states } from "./upload-states.ts";
import { chunks, endedUploads, knownUploads, startedUploads } from "./uploads.ts";

export type { Store, StoreKind } from "./harness.ts";

export const chapters: readonly Chapter[] = [
  base,
  probes,
  blobs,
  ranges,
  pulledManifests,
  pushedManifests,
  tagParameters,
  references,
  tags,
  catalog,
  deletedManifests,
  deletedBlobs,
  forbidden,
  mounts,
  referrers,
  locations,
  redirects,
  startedUploads,
  chunks,
  endedUploads,
  knownUploads,
  states,
  retries,
  races,
  uploadMemory,
  reaper,
  protocol,
  failures,
];

export function registryContract(name: string, kind: StoreKind): void {
  runChapters(name, kind, chapters);
}
