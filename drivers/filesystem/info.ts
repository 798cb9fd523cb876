import type { BigIntStats } from "node:fs";
import type { ObjectInfo } from "../contract.ts";

export function infoOf({ ino, mtimeNs, size }: BigIntStats): ObjectInfo {
  return {
    size: Number(size),
    version: `${ino.toString(36)}-${mtimeNs.toString(36)}-${size.toString(36)}`,
    lastModified: new Date(Number(mtimeNs / 1_000_000n)),
  };
}
