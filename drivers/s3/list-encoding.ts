/** Names in listings come URL-encoded, since XML cannot hold all of them. A store that does not encode does not say so. */
export function decoderOf(encoding: string | undefined): (name: string) => string {
  if (encoding !== "url") return (name) => name;
  return (name) => decodeURIComponent(name.replaceAll("+", " "));
}
