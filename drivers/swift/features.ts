/** What the store says about itself, to anybody who asks. */
import * as z from "zod";
import type { Agents } from "../agents.ts";
import { drain, exchange, readJson } from "./http.ts";
import type { Digest } from "./presign.ts";

const count = z.number().int().positive().optional().catch(undefined);
const words = z.array(z.string()).optional().catch(undefined);

const answer = z.object({
  swift: z
    .object({
      version: z.string().catch(""),
      max_file_size: count,
      max_object_name_length: count,
      container_listing_limit: count,
    })
    .optional()
    .catch(undefined),
  slo: z.object({ max_manifest_segments: count }).optional(),
  bulk_delete: z.object({ max_deletes_per_request: count }).optional(),
  tempurl: z.object({ methods: words, allowed_digests: words }).optional(),
});

export type Features = z.output<typeof answer>;

/** `undefined`: it does not say. Then it is taken for what most are. */
export async function readFeatures(agents: Agents, storageUrl: string): Promise<Features | undefined> {
  // Two above the account: /v1/AUTH_x is beside /info, wherever it lies.
  const found = await exchange(agents, { method: "GET", url: new URL("../info", storageUrl).href, headers: {} });
  if (found.status !== 200) {
    drain(found);
    return undefined;
  }
  return answer.safeParse(await readJson(found).catch(() => undefined)).data;
}

/** What temporary URLs are signed with. Stores that do not say know the oldest. */
export function digestOf(features: Features | undefined): Digest | undefined {
  const allowed = features?.tempurl?.allowed_digests ?? ["sha1"];
  return (["sha256", "sha512", "sha1"] as const).find((digest) => allowed.includes(digest));
}

/** Since 2.3, containers may have keys of their own. */
export function knowsContainerKeys(features: Features | undefined): boolean {
  const [major = 0, minor = 0] = (features?.swift?.version ?? "").split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 3);
}
