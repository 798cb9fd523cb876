/** What a token lets its bearer do: the claim `access` of distribution's token specification. */
import * as z from "zod";
import type { Access, RepositoryAction } from "../access-controller.ts";

const MOST_ENTRIES = 1000;

const accessSchema = z
  .array(
    z.object({
      type: z.string(),
      class: z.string().optional(),
      name: z.string(),
      actions: z
        .array(z.string())
        .nullish()
        .transform((actions) => actions ?? []),
    }),
  )
  .max(MOST_ENTRIES)
  .nullish()
  .transform((entries) => entries ?? []);

export type AccessClaim = z.output<typeof accessSchema>;

/** `undefined` for what is none. */
export function parseAccessClaim(claim: unknown): AccessClaim | undefined {
  return accessSchema.safeParse(claim).data;
}

/** In a token of ours for the catalogue: of what its bearer may see. distribution does not know it, and shows nothing. */
export const VISIBLE = "visible";

/** What token servers call what we tell apart. */
const FOREIGN_WORDS: Readonly<Record<RepositoryAction, string>> = {
  list: "pull",
  pull: "pull",
  push: "push",
  "tag-overwrite": "push",
  delete: "delete",
};

const OUR_WORDS: Readonly<Record<RepositoryAction, string>> = {
  ...FOREIGN_WORDS,
  list: "list",
  "tag-overwrite": "tag-overwrite",
};

/** `ours`: the token was made for registries that know all our actions. Names and words are compared exactly. */
export function coverageOf(entries: AccessClaim, { ours }: { readonly ours: boolean }): (access: Access) => boolean {
  const repositories = new Map<string, Set<string>>();
  const catalog = new Set<string>();
  for (const { type, name, actions } of entries) {
    const known = repositories.get(name) ?? new Set();
    for (const action of actions) {
      if (type === "repository") repositories.set(name, known.add(action));
      if (type === "registry" && name === "catalog") catalog.add(action);
    }
  }
  const words = ours ? OUR_WORDS : FOREIGN_WORDS;
  return (access) => {
    if (access.type === "catalog") return catalog.has("*") || (ours && catalog.has(VISIBLE));
    const actions = repositories.get(access.name);
    return actions !== undefined && (actions.has("*") || actions.has(words[access.action]));
  };
}
