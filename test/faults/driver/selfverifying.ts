/** Objects that show by themselves whether they are whole. */
import { createHash } from "node:crypto";
import { bytesOf } from "../../support/bytes.ts";

const DIGEST = 64;

export function selfVerifying(seed: string, size: number): Buffer {
  const content = bytesOf(size, seed);
  return Buffer.concat([Buffer.from(digestOf(content)), content]);
}

/** The digest of its content, or `undefined` if it is not whole. */
export function verify(object: Uint8Array): string | undefined {
  const claimed = Buffer.from(object.subarray(0, DIGEST)).toString();
  return claimed === digestOf(object.subarray(DIGEST)) ? claimed : undefined;
}

function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
