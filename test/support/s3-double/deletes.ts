import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Bucket } from "./bucket.ts";
import { type Answer, type Call, header } from "./call.ts";
import { Failure } from "./failure.ts";
import type { Profile } from "./profiles.ts";
import { document, textsOf } from "./xml.ts";

const MOST = 1000;

export function deleteObject(bucket: Bucket, key: string): Answer {
  bucket.delete(key);
  return { status: 204 };
}

export function deleteObjects(bucket: Bucket, call: Call, profile: Profile): Answer {
  assertProven(call, profile);
  const keys = textsOf(call.body.toString(), "Key");
  if (keys.length === 0 || keys.length > MOST) throw new Failure(400, "MalformedXML");
  for (const key of keys) bucket.delete(key);
  return { status: 200, body: document("DeleteResult", "") };
}

function assertProven(call: Call, { deleteProofs }: Profile): void {
  const md5 = header(call, "content-md5");
  const crc = header(call, "x-amz-checksum-crc32");
  if (md5 !== undefined && md5 !== hash("md5", call.body, "base64")) throw new Failure(400, "BadDigest");
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(call.body));
  if (crc !== undefined && crc !== sum.toString("base64")) throw new Failure(400, "BadDigest");
  const given = [...(md5 === undefined ? [] : ["md5" as const]), ...(crc === undefined ? [] : ["crc32" as const])];
  if (given.some((proof) => deleteProofs.includes(proof))) return;
  throw new Failure(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
}
