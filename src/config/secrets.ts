/** What the secret settings hold, for whoever has to keep it out of sight. */
import { type Catalogue, isSecretName } from "./catalogue.ts";
import type { Given } from "./given.ts";

/** Shorter ones can be guessed, and are in words that have nothing to do with them. */
const SHORTEST = 8;

export function secretsIn(written: ReadonlyMap<string, Given>, { settings }: Catalogue): string[] {
  const found = [...written].flatMap(([path, given]) => (settings.get(path)?.secret ? textsIn(given) : []));
  return [...new Set(found)].filter((text) => text.length >= SHORTEST);
}

/** Of a map, such as a key file of Google's, only what is secret by its name: the rest are words like `service_account`. */
function textsIn(given: Given): string[] {
  switch (given.kind) {
    case "scalar":
      return [given.text, ...textsInJson(given.text)];
    case "list":
      return given.items.flatMap(textsIn);
    case "map":
      return [...given.entries].flatMap(([key, value]) => (isSecretName(key) ? textsIn(value) : []));
  }
}

function textsInJson(text: string): string[] {
  if (!text.startsWith("{")) return [];
  try {
    const entries = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
    return entries.flatMap(([key, value]) => (isSecretName(key) && typeof value === "string" ? [value] : []));
  } catch {
    return [];
  }
}
