/** What the registry promises, whatever the store: over HTTP, by the ids of the OCI distribution-spec's endpoints. */
import { base, probes } from "./base.ts";
import { blobs, ranges } from "./blobs.ts";
import { failures } from "./failures.ts";
import { type Chapter, runChapters, type StoreKind } from "./harness.ts";
import { references } from "./manifest-references.ts";
import { pulledManifests, pushedManifests, tagParameters } from "./manifests.ts";

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
  failures,
];

export function registryContract(name: string, kind: StoreKind): void {
  runChapters(name, kind, chapters);
}
