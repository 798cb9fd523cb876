/** The keys that our tokens are signed with: Ed25519, or ECDSA on P-256. */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, X509Certificate } from "node:crypto";
import type { SigningAlgorithm } from "./algorithms.ts";
import { libtrustIdOf, thumbprintOf } from "./key-id.ts";

/** How tokens name their key: RFC 7638, or what distribution 2 understands without certificates. */
export type KeyIdForm = "thumbprint" | "libtrust";

export interface SigningKey {
  /** Absent: it verifies what others sign, or what was signed before. */
  readonly privateKey: KeyObject | undefined;
  readonly publicKey: KeyObject;
  readonly algorithm: SigningAlgorithm;
  readonly id: string;
  /** The first is for the key itself. Empty: nobody vouches for it. */
  readonly certificates: readonly X509Certificate[];
}

const PRIVATE_PEM = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/;
const CERTIFICATE_PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const PUBLIC_PEM = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/;

/** PEM with a private key, with certificates for it if need be; or with a public key. Throws `RangeError`, with nothing of the text. */
export function parseSigningKey(text: string, form: KeyIdForm): SigningKey {
  const privateKey = keyIn(text, PRIVATE_PEM, createPrivateKey);
  const certificates = certificatesIn(text);
  const publicKey = privateKey
    ? createPublicKey(privateKey)
    : (keyIn(text, PUBLIC_PEM, createPublicKey) ?? certificates[0]?.publicKey);
  if (publicKey === undefined) throw new RangeError("there is no key in it (-----BEGIN PRIVATE KEY-----)");
  const [first] = certificates;
  if (first && !first.publicKey.equals(publicKey)) throw new RangeError("its first certificate is for another key");
  return describe(publicKey, privateKey, certificates, form);
}

/** So that replicas which share a secret need no keys beside it. */
export function deriveSigningKey(secret: string, form: KeyIdForm): SigningKey {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "moorage token service, Ed25519, 1", 32));
  // RFC 8410 section 7: what stands before the 32 bytes of a private key.
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return describe(createPublicKey(privateKey), privateKey, [], form);
}

function describe(
  publicKey: KeyObject,
  privateKey: KeyObject | undefined,
  certificates: readonly X509Certificate[],
  form: KeyIdForm,
): SigningKey {
  const id = form === "libtrust" ? libtrustIdOf(publicKey) : (thumbprintOf(publicKey) ?? "");
  return { privateKey, publicKey, algorithm: algorithmFor(publicKey), id, certificates };
}

function algorithmFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm {
  if (asymmetricKeyType === "ed25519") return "EdDSA";
  if (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  throw new RangeError(`its key is ${asymmetricKeyType}: make one with openssl genpkey -algorithm ed25519, or P-256`);
}

function keyIn(text: string, pattern: RegExp, read: (pem: string) => KeyObject): KeyObject | undefined {
  const [pem] = pattern.exec(text) ?? [];
  if (pem === undefined) return undefined;
  try {
    return read(pem);
  } catch {
    throw new RangeError("its key cannot be read");
  }
}

function certificatesIn(text: string): X509Certificate[] {
  try {
    return (text.match(CERTIFICATE_PEM) ?? []).map((pem) => new X509Certificate(pem));
  } catch {
    throw new RangeError("one of its certificates cannot be read");
  }
}
