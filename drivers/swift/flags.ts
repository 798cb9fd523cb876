/** Empty objects in a group that say what is going on with it. */
import type { Flag, GroupName } from "./groups.ts";
import { header } from "./http.ts";
import { type Store, tell, WRITTEN } from "./store.ts";

export function flagName(group: GroupName, flag: Flag): string {
  return group + flag;
}

export async function raiseFlag(
  store: Store,
  group: GroupName,
  flag: Flag,
  signal?: AbortSignal | undefined,
): Promise<void> {
  await tell(store, { method: "PUT", name: flagName(group, flag), expect: WRITTEN, signal });
}

export async function lowerFlag(store: Store, group: GroupName, flag: Flag): Promise<void> {
  await tell(store, { method: "DELETE", name: flagName(group, flag), expect: [200, 204, 404] });
}

/** How long it has been up, in milliseconds by the store's clock. `undefined`: it is not. */
export async function ageOfFlag(
  store: Store,
  group: GroupName,
  flag: Flag,
  signal?: AbortSignal | undefined,
): Promise<number | undefined> {
  const answer = await tell(store, { method: "HEAD", name: flagName(group, flag), expect: [200, 404], signal });
  if (answer.status === 404) return undefined;
  return Date.parse(header(answer, "date") ?? "") - Date.parse(header(answer, "last-modified") ?? "");
}
