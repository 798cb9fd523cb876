/** What can be allowed, and what comes with it. */
import type { RepositoryAction } from "../access-controller.ts";

export const ACTIONS = [
  "list",
  "pull",
  "push",
  "tag-overwrite",
  "delete",
] as const satisfies readonly RepositoryAction[];

/** Who pushes has to look first what is there; who may have the content may know that it is there. */
const NEEDS: Readonly<Record<RepositoryAction, readonly RepositoryAction[]>> = {
  list: [],
  pull: ["list"],
  push: ["pull", "list"],
  "tag-overwrite": ["push", "pull", "list"],
  delete: ["pull", "list"],
};

/** `may push` allows what a push needs. */
export function allowedBy(actions: readonly RepositoryAction[]): ReadonlySet<RepositoryAction> {
  return new Set(actions.flatMap((action) => [action, ...NEEDS[action]]));
}

/** `may not pull` forbids what cannot be without it. To be unlisted is no hindrance to anything. */
export function forbiddenBy(actions: readonly RepositoryAction[]): ReadonlySet<RepositoryAction> {
  const withoutList = actions.filter((action) => action !== "list");
  const dependent = ACTIONS.filter((action) => withoutList.some((needed) => NEEDS[action].includes(needed)));
  const unseen: RepositoryAction[] = actions.includes("pull") ? ["list"] : [];
  return new Set([...actions, ...dependent, ...unseen]);
}
