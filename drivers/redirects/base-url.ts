/** distribution's `redirect`: what the store has, something else serves under a URL of its own, and asks for no signature. */
import type { Presigner } from "../contract.ts";
import type { BaseUrlOptions } from "./config.ts";

/** The URL does not expire; only caches want to know a time. */
const LIFE_MILLISECONDS = 24 * 3_600_000;

export function redirectToBaseUrl({ baseurl }: BaseUrlOptions): Presigner {
  return {
    presignGet: async (key) => ({
      url: under(baseurl, key),
      expiresAt: new Date(Date.now() + LIFE_MILLISECONDS),
    }),
  };
}

/** `key` below the path of `base`. */
export function under(base: string, key: string): URL {
  const url = new URL(base);
  const path = key.split("/").map(encodeURIComponent).join("/");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url;
}
