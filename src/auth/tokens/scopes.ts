/** What a client asks a token for: `repository:team-a/app:pull,push`, from distribution's token specification. */

export interface RequestedScope {
  readonly type: string;
  /** As in `repository(plugin):…`. */
  readonly class: string | undefined;
  readonly name: string;
  readonly actions: readonly string[];
}

const MOST_SCOPES = 200;
const LONGEST_SCOPE = 512;
const TYPE = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?$/;

/** A name may have colons, types and actions have none. Throws `RangeError` for more than anybody needs; the rest is left out. */
export function parseScopes(texts: readonly string[]): RequestedScope[] {
  const scopes = texts.flatMap((text) => text.split(" ")).filter((text) => text !== "");
  if (scopes.length > MOST_SCOPES) throw new RangeError(`a token is for ${MOST_SCOPES} scopes at most`);
  return scopes.flatMap((text) => {
    const [first, last] = [text.indexOf(":"), text.lastIndexOf(":")];
    const [, type, kind] = TYPE.exec(text.slice(0, Math.max(first, 0))) ?? [];
    if (type === undefined || last <= first || text.length > LONGEST_SCOPE) return [];
    const actions = text
      .slice(last + 1)
      .split(",")
      .filter(Boolean);
    return [{ type, class: kind, name: text.slice(first + 1, last), actions }];
  });
}

export function formatScopes(
  entries: readonly { readonly type: string; readonly name: string; readonly actions: readonly string[] }[],
): string {
  return entries.map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`).join(" ");
}
