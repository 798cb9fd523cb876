import type { Storage } from "@google-cloud/storage";
import { LRUCache } from "lru-cache";
import type { PresignedUrl, Presigner } from "../contract.ts";
import { attempt } from "./errors.ts";
import { objectName, type Store } from "./store.ts";

/** The longest life of a signature. */
const WEEK_SECONDS = 7 * 24 * 3600;
/** Some megabytes. */
const REMEMBERED = 4096;

/**
 * A signature costs 0.3 ms of processor time with a key, and a call of another service without one. So a URL is given out
 * again for the first half of its life.
 */
export function gcsPresigner(store: Store, storage: Storage): Presigner {
  const signed = new LRUCache<string, PresignedUrl>({ max: REMEMBERED });

  const sign = async (name: string, seconds: number, contentType: string | undefined): Promise<PresignedUrl> => {
    const expiresAt = new Date(Math.floor(Date.now() / 1000 + seconds) * 1000);
    const [href] = await storage
      .bucket(store.bucket)
      .file(name)
      .getSignedUrl({
        version: "v4",
        action: "read",
        expires: expiresAt,
        ...(contentType === undefined ? {} : { responseType: contentType }),
      });
    return { url: new URL(href), expiresAt };
  };

  return {
    presignGet: (key, { expiresInSeconds, contentType, signal }) =>
      attempt("presign", key, signal, async () => {
        const name = objectName(store, key, "presign");
        const seconds = Math.min(expiresInSeconds, WEEK_SECONDS);
        const question = JSON.stringify([name, seconds, contentType]);
        const known = signed.get(question);
        if (known && known.expiresAt.getTime() - Date.now() > (seconds * 1000) / 2) return known;
        const made = await sign(name, seconds, contentType);
        signed.set(question, made);
        return made;
      }),
  };
}
