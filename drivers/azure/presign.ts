import type { Presigner } from "../contract.ts";
import { attempt } from "./errors.ts";
import { LONGEST_LIFE, type Signer } from "./signer.ts";
import { blobOf, type Place } from "./store.ts";

export function azurePresigner(place: Place, signer: Signer): Presigner {
  return {
    presignGet: (key, { expiresInSeconds, contentType, signal }) =>
      attempt("presign", key, signal, async () => {
        const blob = blobOf(place, key, "presign");
        const life = Math.min(expiresInSeconds * 1000, LONGEST_LIFE);
        // Azure reads whole seconds.
        const expiresOn = new Date(Math.floor((Date.now() + life) / 1000) * 1000);
        const query = await signer.sign({ blobName: blob.name, expiresOn, contentType });
        return { url: new URL(`${blob.url}?${query}`), expiresAt: expiresOn };
      }),
  };
}
