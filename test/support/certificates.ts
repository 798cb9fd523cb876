/** X.509 certificates as tests want them, good ones and bad ones: RFC 5280 section 4.1. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface Issued {
  readonly pem: string;
  /** As `x5c` has it. */
  readonly base64: string;
  readonly key: KeyObject;
  readonly keyPem: string;
  readonly name: string;
}

export interface CertificateOptions {
  readonly name: string;
  /** Common names, where there is not exactly one. */
  readonly names?: readonly string[] | undefined;
  /** Absent: signs itself. */
  readonly issuer?: Issued | undefined;
  readonly ca?: boolean | undefined;
  readonly pathLength?: number | undefined;
  /** Bits of the key usage, the first is digitalSignature. */
  readonly keyUsage?: number | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly uris?: readonly string[] | undefined;
  readonly emails?: readonly string[] | undefined;
  /** What alone it is for. */
  readonly use?: "server" | "client" | undefined;
  readonly unknownCritical?: boolean | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly key?: KeyObject | undefined;
  readonly kind?: "ec" | "ed25519" | "rsa" | undefined;
}

const DAY = 24 * 3_600_000;
let serial = 1;

export function newKey(kind: "ec" | "ed25519" | "rsa" = "ec"): KeyObject {
  if (kind === "ed25519") return generateKeyPairSync("ed25519").privateKey;
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

export function issueCertificate(options: CertificateOptions): Issued {
  const { name, issuer, kind, from = Date.now() - DAY, to = Date.now() + 365 * DAY } = options;
  const key = options.key ?? newKey(kind);
  const signer = issuer?.key ?? key;
  const toBeSigned = sequence(
    tagged(0xa0, integer(2)),
    integer(serial++),
    algorithmOf(signer),
    nameOf(issuer?.name ?? name),
    sequence(time(from), time(to)),
    nameOf(...(options.names ?? [name])),
    publicKeyOf(key),
    tagged(0xa3, sequence(...extensionsOf(options))),
  );
  const signature = sign(signer.asymmetricKeyType === "ed25519" ? null : "sha256", toBeSigned, signer);
  const der = sequence(toBeSigned, algorithmOf(signer), tagged(0x03, Buffer.from([0]), signature));
  const base64 = der.toString("base64");
  return {
    base64,
    pem: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`,
    key,
    keyPem: key.export({ format: "pem", type: "pkcs8" }).toString(),
    name,
  };
}

/** RFC 5280 section 4.2.1.12. */
const USES = { server: "2b06010505070301", client: "2b06010505070302" } as const;

function extensionsOf(options: CertificateOptions) {
  const {
    ca = false,
    pathLength,
    keyUsage,
    hosts = [],
    uris = [],
    emails = [],
    use,
    unknownCritical = false,
  } = options;
  const length = pathLength === undefined ? [] : [integer(pathLength)];
  const names = [
    ...hosts.map((host) =>
      /^[\d.]+$/.test(host)
        ? tagged(0x87, Buffer.from(host.split(".").map(Number)))
        : tagged(0x82, Buffer.from(host, "latin1")),
    ),
    ...uris.map((uri) => tagged(0x86, Buffer.from(uri, "latin1"))),
    ...emails.map((email) => tagged(0x81, Buffer.from(email, "latin1"))),
  ];
  return [
    extension("551d13", true, sequence(...(ca ? [boolean(true), ...length] : []))),
    ...(keyUsage === undefined ? [] : [extension("551d0f", true, tagged(0x03, Buffer.from([0, keyUsage])))]),
    ...(names.length === 0 ? [] : [extension("551d11", false, sequence(...names))]),
    ...(use === undefined ? [] : [extension("551d25", false, sequence(objectId(USES[use])))]),
    ...(unknownCritical ? [extension("2a0304", true, boolean(true))] : []),
  ];
}

const extension = (oid: string, critical: boolean, value: Buffer) =>
  sequence(objectId(oid), ...(critical ? [boolean(true)] : []), tagged(0x04, value));

const nameOf = (...names: readonly string[]) =>
  sequence(...names.map((name) => tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from(name, "utf8"))))));

const publicKeyOf = (key: KeyObject): Buffer => createPublicKey(key).export({ format: "der", type: "spki" });

function algorithmOf(key: KeyObject): Buffer {
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return sequence(objectId("2b6570"));
    case "rsa":
      return sequence(objectId("2a864886f70d01010b"), tagged(0x05));
    default:
      return sequence(objectId("2a8648ce3d040302"));
  }
}

const time = (milliseconds: number) =>
  tagged(0x18, Buffer.from(new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, ""), "latin1"));
const integer = (value: number) => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return tagged(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
};
const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]));
const objectId = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"));
const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts);

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}
