import { createHash } from "node:crypto";
import type { DeleteObjectsCommand } from "@aws-sdk/client-s3";

export type Integrity = "crc32" | "md5";

/** The SDK sends a CRC32, whatever it is told. It must be replaced before the request is signed. */
export function withIntegrity(command: DeleteObjectsCommand, way: Integrity): DeleteObjectsCommand {
  if (way === "crc32") return command;
  command.middlewareStack.add(
    (next) => (call) => {
      const { headers, body } = call.request as { headers: Record<string, string>; body: string };
      for (const name of Object.keys(headers)) if (/^x-amz-(sdk-)?checksum/i.test(name)) delete headers[name];
      headers["content-md5"] = createHash("md5").update(body).digest("base64");
      return next(call);
    },
    { step: "build", priority: "low", name: "moorageContentMd5" },
  );
  return command;
}
