import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Presigner } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { type Client, createClient } from "./client.ts";
import { attempt } from "./errors.ts";
import { place, type Store } from "./store.ts";

/** Asking for new credentials more often would not bring them sooner. */
const REFRESH_MILLISECONDS = 60_000;

/** Signs for the endpoint that clients see: the host's name is part of what is signed. */
export function createPresigner(store: Store): Presigner {
  const { settings } = store;
  const isSame = settings.redirectEndpoint === settings.endpoint;
  const client = isSame ? store.client : createClient(settings, settings.redirectEndpoint, store.client);
  const lifeOf = credentialsLife(store.client);

  return {
    presignGet: (key, { expiresInSeconds, contentType, signal }) =>
      attempt("presign.presignGet", key, signal, async () => {
        const { Key } = place(store, key, "presign.presignGet");
        const command = new GetObjectCommand({
          Bucket: client.bucket,
          Key,
          ...(contentType !== undefined && { ResponseContentType: contentType }),
        });
        const expiresIn = Math.min(expiresInSeconds, await lifeOf(expiresInSeconds));
        if (expiresIn < 1)
          throw new DriverError("unavailable", "presign.presignGet", { key, message: "the credentials expire" });
        const signingDate = new Date();
        const url = await getSignedUrl(client.sdk, command, { expiresIn, signingDate });
        return { url: new URL(url), expiresAt: new Date(signingDate.getTime() + expiresIn * 1000) };
      }),
  };
}

/** How many seconds the credentials live. Asks for younger ones when that is less than is wished for. */
function credentialsLife({ sdk }: Client): (wishedSeconds: number) => Promise<number> {
  let refreshedAt = Number.NEGATIVE_INFINITY;
  const secondsOf = ({ expiration }: { readonly expiration?: Date }) =>
    expiration ? Math.floor((expiration.getTime() - Date.now()) / 1000) : Number.POSITIVE_INFINITY;

  return async (wished) => {
    const seconds = secondsOf(await sdk.config.credentials());
    if (seconds >= wished || performance.now() - refreshedAt < REFRESH_MILLISECONDS) return seconds;
    refreshedAt = performance.now();
    return secondsOf(await sdk.config.credentials({ forceRefresh: true }));
  };
}
