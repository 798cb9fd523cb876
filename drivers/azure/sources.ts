/** Azure itself reads what it copies, and wants to be told how it may. */
import type { BlobClient } from "@azure/storage-blob";
import type { TokenCredential } from "./account.ts";
import type { Signer } from "./signer.ts";

export interface CopySource {
  readonly url: string;
  readonly options: { readonly sourceAuthorization?: { readonly scheme: string; readonly value: string } };
}
export type SourceOf = (blob: BlobClient) => Promise<CopySource>;

/** Longer than any copy takes. */
const COPY_MILLISECONDS = 3_600_000;
const SCOPE = "https://storage.azure.com/.default";

export function signedSources(signer: Signer): SourceOf {
  return async (blob) => {
    const expiresOn = new Date(Date.now() + COPY_MILLISECONDS);
    return { url: `${blob.url}?${await signer.sign({ blobName: blob.name, expiresOn })}`, options: {} };
  };
}

export function tokenSources(credential: TokenCredential): SourceOf {
  return async ({ url }) => {
    const token = await credential.getToken(SCOPE);
    if (!token) throw new Error("no token");
    return { url, options: { sourceAuthorization: { scheme: "Bearer", value: token.token } } };
  };
}
