import { distribution } from "./distribution.ts";
import { moorage } from "./moorage.ts";
import type { Peer } from "./peer.ts";

/** What the others are compared with. */
export const REFERENCE: Peer = distribution({ name: "distribution", program: "registry" });

/** As the image runs it. */
const program = "dist/main.js";

/** Ours are those that have targets. */
export const OURS: readonly Peer[] = [
  moorage({ name: "moorage", program }),
  // One process for each core.
  moorage({ name: "moorage ×2", program, workers: "auto" }),
];

export const PEERS: readonly Peer[] = [
  REFERENCE,
  ...OURS,
  distribution({ name: "distribution 2.8", program: "docker-registry" }),
];
