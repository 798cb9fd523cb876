/**
 * Names of repositories by pattern: `*` is any run of characters within a component, `**` any number of components, at the end
 * at least one: `team-a/**` is what is in `team-a`, and not `team-a` itself. `${user}` is the name of the user who asks.
 */

export interface RepositoryPattern {
  readonly isEverything: boolean;
  /** `user` is `undefined` for a caller who has none: then a pattern with `${user}` matches nothing. */
  matches(components: readonly string[], user: string | undefined): boolean;
}

/** Pieces around `*`; one piece is a component without any. */
type Part = "**" | readonly string[];

// biome-ignore lint/suspicious/noTemplateCurlyInString: so it is written by users
const USER = "${user}";
const COMPONENT = /^[a-z0-9._*-]+$/;
/** A name that is no component of a repository's name stands for no repository. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const LONGEST = 255;

/** Throws `RangeError`. */
export function parsePattern(text: string): RepositoryPattern {
  const components = text.split("/");
  const isFine = (component: string) => component === "**" || isGlob(component);
  if (text.length > LONGEST || !components.every(isFine)) {
    throw new RangeError(
      `${JSON.stringify(text)} is no pattern: write names in lower case, *, ** and \${user}, joined by /`,
    );
  }
  const parts = components.map((component): Part => (component === "**" ? "**" : component.split("*")));
  if (parts.at(-1) === "**") parts.splice(-1, 0, ["", ""]);
  const needsUser = text.includes(USER);
  return {
    isEverything: text === "**",
    matches(names, user) {
      if (!needsUser) return matchParts(parts, names);
      if (user === undefined || !NAME.test(user)) return false;
      return matchParts(
        parts.map((part) => withUser(part, user)),
        names,
      );
    },
  };
}

function isGlob(component: string): boolean {
  const rest = component.replaceAll(USER, "x");
  return COMPONENT.test(rest) && !rest.includes("**");
}

const withUser = (part: Part, user: string): Part =>
  part === "**" ? part : part.map((piece) => piece.replaceAll(USER, () => user));

/** Goes back to the last `**` only, which is enough: whatever an earlier one could take, the last one can. */
function matchParts(parts: readonly Part[], names: readonly string[]): boolean {
  let part = 0;
  let name = 0;
  let retry: { readonly part: number; readonly name: number } | undefined;
  while (name < names.length) {
    const current = parts[part];
    if (current === "**") {
      retry = { part: part + 1, name };
      part += 1;
    } else if (current !== undefined && matchPieces(current, names[name] ?? "")) {
      part += 1;
      name += 1;
    } else if (retry) {
      retry = { part: retry.part, name: retry.name + 1 };
      part = retry.part;
      name = retry.name;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === "**");
}

function matchPieces(pieces: readonly string[], name: string): boolean {
  const [first = "", ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  const end = name.length - last.length;
  for (const piece of others) {
    const found = name.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
