/** distribution's `rewrite`: the store's own URLs, with another scheme, host or beginning of the path. */
import type { Presigner } from "../contract.ts";
import type { RewriteOptions } from "./config.ts";

export function rewriteUrls(presign: Presigner, { scheme, host, trimpathprefix }: RewriteOptions): Presigner {
  return {
    ...presign,
    async presignGet(key, options) {
      const { url, expiresAt } = await presign.presignGet(key, options);
      const origin = `${scheme ? `${scheme}:` : url.protocol}//${host || url.host}`;
      const path =
        trimpathprefix && url.pathname.startsWith(trimpathprefix)
          ? `/${url.pathname.slice(trimpathprefix.length).replace(/^\/+/, "")}`
          : url.pathname;
      return { url: new URL(origin + path + url.search), expiresAt };
    },
  };
}
