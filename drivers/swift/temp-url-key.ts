/** The key that signs temporary URLs. Swift keeps it with the container or the account, for whoever may see it. */
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { header } from "./http.ts";
import { type Call, type Store, tell } from "./store.ts";

export type KeyScope = "container" | "account";

export interface TempUrlKey {
  current(signal?: AbortSignal | undefined): Promise<string>;
}

/** Somebody may change it. */
const FRESH_MILLISECONDS = 60_000;
const KEY_BYTES = 32;

/** `undefined`: there is no key, and these credentials may not set one. */
export async function openTempUrlKey(
  store: Store,
  scope: KeyScope,
  options: { readonly configured: string | undefined; readonly secret: string; readonly maySet: boolean },
): Promise<TempUrlKey | undefined> {
  const { configured, secret, maySet } = options;
  const found = await readKey(store, scope);
  if (configured !== undefined) {
    if (found !== configured && !(maySet && (await setKey(store, scope, configured)))) {
      store.warn(`the ${scope} has another temporary URL key than secretkey, or none, and may not be given it`);
    }
    return { current: async () => configured };
  }
  if (found === undefined && !(maySet && (await setKey(store, scope, await deriveKey(store, secret)))))
    return undefined;
  return cachedKey(store, scope);
}

/** The same for all replicas, also those that start at the same moment. Who may see it must not learn the password. */
async function deriveKey({ session, names }: Store, secret: string): Promise<string> {
  const { storageUrl } = await session.grant(undefined);
  const salt = `moorage temp url key\n${new URL(storageUrl).pathname}/${names.container}`;
  const key = (await promisify(scrypt)(secret, salt, KEY_BYTES)) as Buffer;
  return key.toString("hex");
}

function cachedKey(store: Store, scope: KeyScope): TempUrlKey {
  let key: Promise<string> | undefined;
  let readAt = 0;
  return {
    current() {
      if (key === undefined || performance.now() - readAt > FRESH_MILLISECONDS) {
        readAt = performance.now();
        key = readKey(store, scope).then((found) => found ?? Promise.reject(new Error(`the ${scope} has no key`)));
        key.catch(() => {
          key = undefined;
        });
      }
      return key;
    },
  };
}

async function readKey(store: Store, scope: KeyScope): Promise<string | undefined> {
  const answer = await tell(store, { ...targetOf(scope), method: "HEAD", expect: [200, 204] });
  return header(answer, headerOf(scope)) || undefined;
}

async function setKey(store: Store, scope: KeyScope, key: string): Promise<boolean> {
  const headers = { [headerOf(scope)]: key };
  const answer = await tell(store, { ...targetOf(scope), method: "POST", headers, expect: [200, 202, 204, 401, 403] });
  return answer.status < 300;
}

function targetOf(scope: KeyScope): Pick<Call, "account"> {
  return { account: scope === "account" };
}

function headerOf(scope: KeyScope): string {
  return `x-${scope}-meta-temp-url-key`;
}
