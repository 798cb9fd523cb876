/** Whether URLs can be signed. A key signs them by itself; an identity needs a permission that roles for a container do not have. */
import type { DriverContext, Presigner } from "../contract.ts";
import { isDriverError } from "../errors.ts";
import type { Account } from "./account.ts";
import { attempt } from "./errors.ts";
import { azurePresigner } from "./presign.ts";
import { type SourceOf, signedSources, tokenSources } from "./sources.ts";
import type { Place } from "./store.ts";

export interface Signing {
  readonly sourceOf: SourceOf;
  readonly presign: Presigner | undefined;
}

const WARNING =
  "clients get blobs through the registry: the identity may not sign URLs. Give it the role Storage Blob Delegator on the storage account";

export async function findSigning(account: Account, place: Place, warn: DriverContext["warn"]): Promise<Signing> {
  const { signer, credential } = account;
  const signed = { sourceOf: signedSources(signer), presign: azurePresigner(place, signer) };
  if (!credential) return signed;
  try {
    await attempt("presign", undefined, undefined, () => signer.sign({ blobName: "any", expiresOn: new Date() }));
    return signed;
  } catch (cause) {
    if (!isDriverError(cause, "denied")) throw cause;
    warn(WARNING, { cause });
    return { sourceOf: tokenSources(credential), presign: undefined };
  }
}
