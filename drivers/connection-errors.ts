/** What Node calls it when there was no answer, or not all of one. */
const CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENFILE",
  "EPROTO",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

export function isConnectionError(code: unknown): boolean {
  return typeof code === "string" && (CODES.has(code) || code.startsWith("HPE_") || code.startsWith("ERR_SSL_"));
}
