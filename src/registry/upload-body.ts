/** The bytes of one upload request. */
import type { Readable } from "node:stream";
import { RegistryError } from "../oci/errors.ts";
import { pump } from "./pump.ts";

export interface UploadBody {
  readonly bytes: Readable;
  /** Where the client says that they belong. Without it: wherever the session is. */
  readonly startsAt?: number | undefined;
  /** How many the client says that there are. */
  readonly length?: number | undefined;
  /** To be called with each chunk that is stored, if the memory of `bytes` belongs to nobody else. */
  readonly giveBack?: ((chunk: Uint8Array) => void) | undefined;
}

/** As `pump`. Rejects `size_mismatch` when more comes than was announced, or less. */
export async function readUploadBody(
  { bytes, length }: UploadBody,
  write: (chunk: Buffer) => Promise<void> | undefined,
): Promise<{ readonly received: number }> {
  let received = 0;
  await pump(bytes, (chunk) => {
    received += chunk.length;
    if (length !== undefined && received > length) {
      throw new RegistryError("size_mismatch", `the request has more than the ${length} bytes that it announced`);
    }
    return write(chunk);
  });
  if (length !== undefined && received < length) {
    throw new RegistryError("size_mismatch", `the request has ${received} of the ${length} bytes that it announced`);
  }
  return { received };
}
