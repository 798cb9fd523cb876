/** As much XML as the protocol needs. `element` takes XML, `text` makes it of a text. */

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

export function text(name: string, value: string | number): string {
  return element(
    name,
    String(value).replace(/[&<>\r]/g, (char) => `&#${char.charCodeAt(0)};`),
  );
}

export function document(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content)}`;
}

/** The texts of all elements of that name, in order. */
export function textsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, found = ""]) => plain(found));
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(escaped: string): string {
  return escaped.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? "";
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
