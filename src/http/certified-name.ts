/** Who a client is by its certificate: RFC 8446 section 4.4.2. From the connection alone; no header can say it. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type CertificateField, nameIn } from "../auth/certificate-name.ts";

/** `undefined`: no certificate, none that is good, or none that has exactly one such name. */
export type CertifiedNames = (request: IncomingMessage) => string | undefined;

interface Certified {
  readonly name: string | undefined;
  /** Connections may last longer than what was shown at their start. */
  readonly until: number;
}

const NOBODY: Certified = { name: undefined, until: 0 };

export function createCertifiedNames(field: CertificateField, now: () => number): CertifiedNames {
  const known = new WeakMap<Socket, Certified>();

  function look(socket: Socket): Certified {
    // Of a session that is resumed, `authorized` says nothing where no certificate was shown.
    const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
    return certificate === undefined
      ? NOBODY
      : { name: nameIn(certificate, field), until: certificate.validToDate.getTime() };
  }

  return ({ socket }) => {
    let certified = known.get(socket);
    if (certified === undefined) {
      certified = look(socket);
      known.set(socket, certified);
    }
    return now() < certified.until ? certified.name : undefined;
  };
}
