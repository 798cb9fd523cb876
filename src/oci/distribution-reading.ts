/**
 * Whether CNCF distribution reads a manifest as it is read here. Its decoder is Go's: it knows a field in any case of its
 * letters, takes whole numbers only where they are written as such, and gives up over a type that it did not expect, also in
 * fields that nobody here looks at. Over a manifest that it cannot read distribution gives up the whole garbage collection,
 * and of one that it reads differently it deletes what is referenced.
 */

type Shape = "string" | "integer" | "base64" | { readonly list: Shape } | { readonly map: Shape } | Fields;

interface Fields {
  readonly fields: Readonly<Record<string, Shape>>;
}

const platform: Fields = {
  fields: {
    architecture: "string",
    os: "string",
    "os.version": "string",
    "os.features": { list: "string" },
    variant: "string",
    features: { list: "string" },
  },
};

const descriptor: Fields = {
  fields: {
    mediaType: "string",
    digest: "string",
    size: "integer",
    urls: { list: "string" },
    annotations: { map: "string" },
    data: "base64",
    platform,
    artifactType: "string",
  },
};

/** Images and indexes in one: where no media type tells them apart, distribution tries one after the other. */
const manifest: Fields = {
  fields: {
    schemaVersion: "integer",
    mediaType: "string",
    config: descriptor,
    layers: { list: descriptor },
    manifests: { list: descriptor },
    annotations: { map: "string" },
  },
};

/** Go's decoder stops at 10,000. Nothing that is meant to be read comes near. */
const MAX_DEPTH = 1000;

/** `bytes` have to be JSON. */
export function isReadByDistribution(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const { depth, pairs } = measure(text);
  if (depth > MAX_DEPTH) return false;
  const document: unknown = JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" && !/^-?\d+$/.test(context?.source ?? "") ? Number.NaN : value,
  );
  // Of a name that is there twice one was lost in parsing, and distribution has looked at both.
  return countPairs(document) === pairs && fits(document, manifest);
}

function fits(value: unknown, shape: Shape): boolean {
  if (value === null) return true; // as if it were not there
  if (shape === "integer") return Number.isSafeInteger(value);
  if (shape === "string") return typeof value === "string";
  if (shape === "base64") return typeof value === "string" && isBase64(value);
  if ("list" in shape) return Array.isArray(value) && value.every((entry) => fits(entry, shape.list));
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  if ("map" in shape) return entries.every(([, entry]) => fits(entry, shape.map));
  return entries.every(([name, entry]) => fitsField(name, entry, shape));
}

function fitsField(name: string, value: unknown, { fields }: Fields): boolean {
  const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (shape) return fits(value, shape);
  const folded = fold(name);
  return !Object.keys(fields).some((field) => fold(field) === folded);
}

/** Upper case first: to Go the long s is an s in another case. */
const fold = (name: string) => name.toUpperCase().toLowerCase();

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** How deep it goes, and how many names it has, repeated ones included. */
function measure(text: string): { readonly depth: number; readonly pairs: number } {
  let open = 0;
  let depth = 0;
  let pairs = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString) at += character === "\\" ? 1 : 0;
    else if (character === ":") pairs++;
    else if (character === "{" || character === "[") depth = Math.max(depth, ++open);
    else if (character === "}" || character === "]") open--;
  }
  return { depth, pairs };
}

function countPairs(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, entry) => sum + countPairs(entry), own);
}
