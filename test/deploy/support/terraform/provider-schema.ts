/** Schemas of providers, as the fixtures have them: an attribute is one text, such as `list(string) optional computed`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface BlockSchema {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly blocks?: Readonly<Record<string, NestedBlockSchema>>;
}

export interface NestedBlockSchema extends BlockSchema {
  readonly nesting: "single" | "list" | "set" | "map" | "group";
  readonly min?: number;
  readonly max?: number;
}

export interface ProviderSchema {
  /** As in required_providers. */
  readonly source: string;
  readonly version: string;
  /** Where the schemas come from, but for those that say it themselves. */
  readonly origin: string;
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema & { readonly origin?: string }>>;
  readonly data: Readonly<Record<string, BlockSchema>>;
}

export type ProviderName = "google" | "azurerm" | "alicloud";

export function providerSchema(name: ProviderName): ProviderSchema {
  const file = fileURLToPath(new URL(`../../fixtures/providers/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(file, "utf8"));
}

/** What the providers did not say themselves: the names of resources. */
export function writtenByHand(name: ProviderName): readonly string[] {
  return Object.entries(providerSchema(name).resources).flatMap(([type, { origin }]) => (origin ? [type] : []));
}

/** Terraform's own notation of a type: `"string"`, `["list", "string"]`, `["object", {"name": "string"}]`. */
export type Type = string | readonly [string, Type | Readonly<Record<string, Type>>];

export interface Attribute {
  readonly type: Type;
  readonly words: ReadonlySet<string>;
}

/** Rejects what it does not understand to the end. */
export function parseAttribute(text: string): Attribute {
  const [type, rest] = parseType(text);
  return { type, words: new Set(rest.trim().split(/\s+/)) };
}

function parseType(text: string): [type: Type, rest: string] {
  const [, name = "", open] = /^([a-z]+)(\()?/.exec(text) ?? [];
  if (name === "") throw new Error(`no type: ${text}`);
  const after = text.slice(name.length);
  if (open === undefined) return [name, after];
  if (name === "object") {
    const [fields, rest] = parseFields(after.slice(2));
    return [["object", fields], expect(rest, ")")];
  }
  const [inner, rest] = parseType(after.slice(1));
  return [[name, inner], expect(rest, ")")];
}

/** What stands between the braces, up to and with the closing one. */
function parseFields(text: string): [fields: Record<string, Type>, rest: string] {
  const fields: Record<string, Type> = {};
  let rest = text.trimStart();
  while (!rest.startsWith("}")) {
    const [whole = "", name = ""] = /^,?\s*([a-z0-9_]+) = /.exec(rest) ?? [];
    if (whole === "") throw new Error(`no field: ${rest}`);
    [fields[name], rest] = parseType(rest.slice(whole.length));
    rest = rest.trimStart();
  }
  return [fields, rest.slice(1)];
}

function expect(text: string, sign: string): string {
  if (!text.startsWith(sign)) throw new Error(`${sign} is missing: ${text}`);
  return text.slice(sign.length);
}
