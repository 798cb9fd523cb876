/** The key that signs temporary URLs. Swift keeps it with the container or the account, for whoever may see it. */
import { randomBytes } from "node:crypto";
import { header } from "./http.ts";
import { type Call, type Store, tell } from "./store.ts";

export type KeyScope = "container" | "account";

export interface TempUrlKey {
  current(signal?: AbortSignal | undefined): Promise<string>;
}

/** Replicas that start at the same moment may set a key each. So it is looked at again, and the last one is everybody's. */
const FRESH_MILLISECONDS = 60_000;

/** `undefined`: there is no key, and these credentials may not set one. */
export async function openTempUrlKey(
  store: Store,
  scope: KeyScope,
  configured: string | undefined,
): Promise<TempUrlKey | undefined> {
  const found = await readKey(store, scope);
  if (configured !== undefined) {
    if (found !== configured && !(await setKey(store, scope, configured))) {
      store.warn(`the ${scope} has another temporary URL key than secretkey, or none, and may not be given it`);
    }
    return { current: async () => configured };
  }
  if (found === undefined && !(await setKey(store, scope, randomBytes(32).toString("hex")))) return undefined;
  return cachedKey(store, scope);
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
