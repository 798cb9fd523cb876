/** How tokens name the key that signed them: by RFC 7638, by libtrust, or as a key set has it. */
import { hash, type KeyObject } from "node:crypto";

/** RFC 7638 section 3.2 and RFC 8037 section 2: what makes up a key, in the order of the alphabet. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
};

/** RFC 7638. `undefined` for kinds of keys that it does not know. */
export function thumbprintOf(key: KeyObject): string | undefined {
  return thumbprint(key.export({ format: "jwk" }));
}

/** Go's big numbers have no leading zeros, so one key of 128 on a curve has another name with distribution 3. */
function thumbprintWithoutZeros(key: KeyObject): string | undefined {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty !== "EC") return undefined;
  return thumbprint({ ...jwk, x: withoutZeros(jwk.x), y: withoutZeros(jwk.y) });
}

function thumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const members = MEMBERS[String(jwk.kty)];
  if (members === undefined) return undefined;
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return hash("sha256", canonical, "base64url");
}

function withoutZeros(coordinate: string | undefined): string {
  const bytes = Buffer.from(coordinate ?? "", "base64url");
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(Math.max(start, 0)).toString("base64url");
}

const LIBTRUST_BYTES = 30;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** As libtrust did it, and with it distribution 2 and the token servers written for it: `ABCD:EFGH:…`, twelve groups. */
export function libtrustIdOf(key: KeyObject): string {
  const digest = hash("sha256", key.export({ format: "der", type: "spki" }), "buffer").subarray(0, LIBTRUST_BYTES);
  return base32(digest).match(/.{4}/g)?.join(":") ?? "";
}

/** RFC 4648 section 6, for lengths that need no padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
  }
  return text;
}

/** All names by which a token may speak of the key. */
export function idsOf(key: KeyObject): string[] {
  const ids = [thumbprintOf(key), thumbprintWithoutZeros(key), libtrustIdOf(key)];
  return [...new Set(ids.filter((id) => id !== undefined))];
}
