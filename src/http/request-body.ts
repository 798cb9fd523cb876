/** What a request carries. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { giveBack } from "../../drivers/spent-memory.ts";
import { RegistryError } from "../oci/errors.ts";
import { pump } from "../registry/pump.ts";
import type { UploadBody } from "../registry/upload-body.ts";
import { parseContentRange } from "./ranges.ts";

/** To be called once it is certain that the body is wanted: until then a client that asks first has sent nothing. */
function welcomeBody(request: IncomingMessage, response: ServerResponse): void {
  if (/^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
}

/** Throws `upload_invalid` or `size_mismatch` for a Content-Range that is malformed, or not that of the body. */
export function uploadBodyOf(request: IncomingMessage, response: ServerResponse): UploadBody {
  const announced = request.headers["content-length"];
  const length = announced === undefined ? undefined : Number(announced);
  const range = parseContentRange(request.headers["content-range"]);
  const rangeLength = range && range.end - range.start + 1;
  if (rangeLength !== undefined && length !== undefined && length !== rangeLength) {
    throw new RegistryError(
      "size_mismatch",
      `the Content-Range covers ${rangeLength} bytes, and the body has ${length}`,
    );
  }
  welcomeBody(request, response);
  return { bytes: request, startsAt: range?.start, length: length ?? rangeLength, giveBack };
}

/** The whole body. Throws `manifest_too_large` as soon as that is known. */
export function readManifestBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<Buffer> {
  const tooLarge = () =>
    new RegistryError("manifest_too_large", `a manifest is at most ${maxBytes} bytes here: see manifests.maxbytes`);
  return readBody(request, response, maxBytes, tooLarge);
}

/** The whole body. Throws what `tooLarge` makes as soon as that is known. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  welcomeBody(request, response);
  const chunks: Buffer[] = [];
  let size = 0;
  await pump(request, (chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
    return undefined;
  });
  return Buffer.concat(chunks, size);
}
