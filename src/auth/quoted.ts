/** A quoted-string of HTTP: RFC 9110 section 5.6.4. What cannot stand in one is left out. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\t\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&")}"`;
}
