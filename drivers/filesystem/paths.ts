/** From keys to paths. Nothing outside of the root, and nothing in the place of unfinished files, can be named. */
import type { StorageDriver } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";
import type { Disk } from "./disk.ts";
import type { LargeDirectories } from "./names.ts";

/** Where unfinished files live, below the root. No listing shows it. */
export const RESERVED = "moorage/tmp";

export interface Store {
  readonly root: string;
  readonly tmp: string;
  readonly uploads: string;
  readonly disk: Disk;
  readonly largeDirectories: LargeDirectories;
  /** Where the object lay that a directory was last found to hold: its neighbours are likely to have one there, too. */
  readonly likelyObject: { below: string };
  /** Clients of a file server see each other's changes with a delay. */
  readonly consistency: StorageDriver["consistency"];
  /** Whether one file can have two names here. */
  readonly hardLinks: boolean;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export function pathOf(store: Store, key: string, operation: string): string {
  assertKey(key, operation);
  if (key === RESERVED || key.startsWith(`${RESERVED}/`)) {
    throw new DriverError("key_invalid", operation, { key, message: "reserved for unfinished files" });
  }
  return `${store.root}/${key}`;
}
