/** end-12: who refers to a manifest. */
import { parseDigest } from "../oci/digest.ts";
import { OCI_INDEX } from "../oci/media-types.ts";
import type { Exchange } from "./exchange.ts";
import { sendBytes } from "./respond.ts";

export async function getReferrers({
  registry,
  response,
  repository,
  last: text,
  query,
  locations,
  signal,
}: Exchange): Promise<void> {
  const subject = parseDigest(text);
  const artifactType = query.get("artifactType") || undefined;
  const last = query.get("last") || undefined;
  const page = await registry.referrers.list(repository, subject, { artifactType, last, signal });
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: page.entries };
  sendBytes(response, Buffer.from(JSON.stringify(index)), {
    "content-type": OCI_INDEX,
    ...(artifactType && { "oci-filters-applied": "artifactType" }),
    ...(page.next && {
      link: locations.next(`/v2/${repository}/referrers/${subject}`, { artifactType, last: page.next }),
    }),
  });
}
