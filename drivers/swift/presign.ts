/** Temporary URLs: whoever has one may read one object for a while. */
import { createHmac } from "node:crypto";
import type { PresignedUrl, Presigner } from "../contract.ts";
import { DriverError } from "../errors.ts";
import type { SwiftParameters } from "./config.ts";
import { attempt } from "./errors.ts";
import { escapeName, nameOf } from "./names.ts";
import type { Store } from "./store.ts";
import type { TempUrlKey } from "./temp-url-key.ts";

export type Digest = "sha256" | "sha512" | "sha1";

export interface Signing {
  readonly key: TempUrlKey;
  readonly digest: Digest;
  /** What some stores want in the signature besides. */
  readonly access: Pick<SwiftParameters, "tenantid" | "accesskey">;
}

const OPERATION = "presign.presignGet";

export function swiftPresigner(store: Store, signing: Signing): Presigner {
  return {
    presignGet: (key, { expiresInSeconds, contentType = STORED_TYPE, signal }) =>
      attempt(OPERATION, key, signal, async () => {
        if (contentType !== STORED_TYPE) {
          const message = `a temporary URL names no other media type than the stored one, ${STORED_TYPE}`;
          throw new DriverError("unexpected", OPERATION, { key, message });
        }
        return await sign(store, signing, nameOf(store.names, key, OPERATION), expiresInSeconds, signal);
      }),
  };
}

const STORED_TYPE = "application/octet-stream";

export async function sign(
  store: Store,
  { key, digest, access }: Signing,
  name: string,
  expiresInSeconds: number,
  signal: AbortSignal | undefined,
): Promise<PresignedUrl> {
  const [{ storageUrl }, secret] = await Promise.all([store.session.grant(signal), key.current(signal)]);
  const { container } = store.names;
  const expires = Math.ceil(Date.now() / 1000 + expiresInSeconds);
  const hmac = createHmac(digest, secret).update(`GET\n${expires}\n${signedPath(storageUrl)}/${container}/${name}`);
  const { tenantid, accesskey } = access;
  const signature = `${accesskey === undefined ? "" : `${tenantid ?? ""}:${accesskey}:`}${hmac.digest("hex")}`;
  const url = new URL(`${storageUrl}/${escapeName(container)}/${escapeName(name)}`);
  url.search = new URLSearchParams({ temp_url_sig: signature, temp_url_expires: String(expires) }).toString();
  return { url, expiresAt: new Date(expires * 1000) };
}

/** Swift sees the path from its version on, whatever a balancer has in front of it. */
function signedPath(storageUrl: string): string {
  const { pathname } = new URL(storageUrl);
  return decodeURIComponent(pathname.slice(Math.max(0, pathname.lastIndexOf("/v1/"))));
}
