/** What of a request for a token is granted: what the permissions allow, and never more than was asked for. */
import { isRegistryError } from "../../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../../oci/names.ts";
import type { RepositoryAction } from "../access-controller.ts";
import type { Caller } from "../caller.ts";
import type { Permissions } from "../permissions.ts";
import type { RequestedScope } from "./scopes.ts";
import { type AccessClaim, VISIBLE } from "./token-access.ts";

/** What only registries like this one tell apart goes with the word that others have for it. */
const MEANT: Readonly<Record<string, readonly RepositoryAction[]>> = {
  pull: ["pull", "list"],
  push: ["push", "tag-overwrite"],
  delete: ["delete"],
  "*": ["pull", "list", "push", "tag-overwrite", "delete"],
};

/** Scopes of which nothing is allowed are left out: whether their names are taken is nobody's business. */
export function grant(scopes: readonly RequestedScope[], caller: Caller, permissions: Permissions): AccessClaim {
  return scopes.flatMap((scope): AccessClaim => {
    const actions = actionsFor(scope, caller, permissions);
    const { type, name } = scope;
    return actions.length === 0 ? [] : [{ type, name, actions, ...(scope.class && { class: scope.class }) }];
  });
}

function actionsFor({ type, name, actions }: RequestedScope, caller: Caller, permissions: Permissions): string[] {
  if (type === "registry" && name === "catalog") return actions.includes("*") ? catalogFor(caller, permissions) : [];
  const repository = type === "repository" ? nameOf(name) : undefined;
  if (repository === undefined) return [];
  const wanted = new Set(actions.flatMap((action) => (Object.hasOwn(MEANT, action) ? (MEANT[action] ?? []) : [])));
  const may = (action: RepositoryAction) =>
    permissions.allows(caller, { type: "repository", name: repository, action });
  return [...wanted].filter(may);
}

/** Other registries do not show a part of their catalogue, so a token for a part is none to them. */
function catalogFor(caller: Caller, permissions: Permissions): string[] {
  if (!permissions.allows(caller, { type: "catalog" })) return [];
  return [permissions.seesEverything(caller) ? "*" : VISIBLE];
}

function nameOf(text: string): RepositoryName | undefined {
  try {
    return parseRepositoryName(text);
  } catch (error) {
    if (isRegistryError(error, "name_invalid")) return undefined;
    throw error;
  }
}
