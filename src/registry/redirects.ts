/** URLs of the bucket that clients may read from, kept for a part of their life. */
import { LRUCache } from "lru-cache";
import type { CallOptions, PresignedUrl, Presigner, StorageDriver } from "../../drivers/contract.ts";
import type { Digest } from "../oci/digest.ts";
import { OCTET_STREAM } from "../oci/media-types.ts";
import type { Runtime } from "../runtime.ts";
import { blobKey } from "./keys.ts";
import { upTo } from "./up-to.ts";

/** As long as distribution's: a client that is told to go there later still can. */
const LIFE_SECONDS = 20 * 60;
/** What is handed out lives at least that much longer. */
const MIN_LEFT_MILLISECONDS = (LIFE_SECONDS / 2) * 1000;
const ENTRIES = 10_000;

export interface Redirects {
  /** `client` is an address. `undefined`: the store cannot sign, or the registry is not to redirect. */
  urlOf(target: Digest, client: string, options?: CallOptions): Promise<URL> | URL | undefined;
}

export function createRedirects(
  { driver, runtime }: { readonly driver: StorageDriver; readonly runtime: Runtime },
  { enabled }: { readonly enabled: boolean },
): Redirects {
  const { presign } = driver;
  if (!enabled || presign === undefined) return { urlOf: () => undefined };
  const urls = new LRUCache<string, PresignedUrl>(upTo(ENTRIES));

  async function sign(
    presigner: Presigner,
    target: Digest,
    clientClass: string,
    signal?: AbortSignal | undefined,
  ): Promise<URL> {
    const request = { signal, expiresInSeconds: LIFE_SECONDS, contentType: OCTET_STREAM, clientClass };
    const presigned = await presigner.presignGet(blobKey(target), request);
    urls.set(clientClass + target, presigned);
    return presigned.url;
  }

  return {
    urlOf(target, client, options) {
      const clientClass = presign.classOf?.(client) ?? "";
      const known = urls.get(clientClass + target);
      const isGood = known && known.expiresAt.getTime() - runtime.now() >= MIN_LEFT_MILLISECONDS;
      return isGood ? known.url : sign(presign, target, clientClass, options?.signal);
    },
  };
}
