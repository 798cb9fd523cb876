/** What clients must show of themselves during the handshake, by the four words that Go and distribution have for it. */
import type { TLSSocket, TlsOptions } from "node:tls";
import type { ClientAuth } from "./config/settings/tls.ts";

/** RFC 8446, section 4.3.2. A client without a certificate that is required, and good, does not get beyond the handshake. */
export const handshakeOptions = (
  clientAuth: ClientAuth | undefined,
): Pick<TlsOptions, "requestCert" | "rejectUnauthorized"> => ({
  requestCert: clientAuth !== undefined,
  rejectUnauthorized: clientAuth === "require-and-verify-client-cert",
});

/** Why a client whom the handshake let through gets no answers all the same. */
export function refusalOf(socket: TLSSocket, clientAuth: ClientAuth | undefined): string | undefined {
  if (clientAuth !== "require-any-client-cert" && clientAuth !== "verify-client-cert-if-given") return undefined;
  const hasCertificate = socket.getPeerX509Certificate() !== undefined;
  if (clientAuth === "require-any-client-cert") {
    return hasCertificate ? undefined : "this registry is for clients that show a certificate";
  }
  return hasCertificate && !socket.authorized
    ? `the certificate of this client is not good here: ${socket.authorizationError}`
    : undefined;
}
