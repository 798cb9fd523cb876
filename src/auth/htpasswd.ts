/** A file as `htpasswd -B` writes it: a name and a bcrypt hash a line. */

/** By name, the hash. */
export type PasswordHashes = ReadonlyMap<string, string>;

/** `line` counts from 1. The message has no part of the file in it but a name. */
export class PasswordFileError extends Error {
  override readonly name = "PasswordFileError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

const BCRYPT = /^\$2[abxy]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

export const isBcryptHash = (text: string): boolean => BCRYPT.test(text);

/** Throws `PasswordFileError`. A name that is there twice has its last password, as with distribution. */
export function parsePasswordFile(text: string): PasswordHashes {
  const hashes = new Map<string, string>();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    if (name === "") throw new PasswordFileError(index + 1, "write name:hash, as htpasswd -B does");
    const hash = line.slice(colon + 1);
    if (!isBcryptHash(hash)) throw new PasswordFileError(index + 1, refusal(name, hash));
    hashes.set(name, hash);
  }
  return hashes;
}

const OTHER_HASHES: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$/, "is MD5, which is no protection"],
  [/^\{SHA\}/, "is SHA-1, which is no protection"],
  [/^\$[56]\$/, "is SHA-crypt, which distribution does not take either"],
  [/^\$2/, "is cut short, or not quite bcrypt"],
];

function refusal(name: string, hash: string): string {
  const what = OTHER_HASHES.find(([pattern]) => pattern.test(hash))?.[1] ?? "is not a bcrypt hash";
  return `the hash of ${JSON.stringify(name)} ${what}; make one with: moorage auth hash ${name}, or htpasswd -nB ${name}`;
}
