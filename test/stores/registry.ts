/** The registry's suite on real stores. */
import type { StorageDriver } from "../../drivers/contract.ts";
import type { StoreKind } from "../contract/registry/suite.ts";
import { openUploads as listUploads } from "../support/s3.ts";

const MIB = 1024 ** 2;

export interface OpenedStore {
  readonly driver: StorageDriver;
  readonly openUploads?: (() => Promise<readonly string[]>) | undefined;
  close(): Promise<void>;
}

/** `open` gives a bucket, or a root in one, that is empty. */
export function realStore(open: () => Promise<OpenedStore>, partSize = MIB): StoreKind {
  return {
    partSize,
    longBytes: partSize + 30_000,
    keepsOurTime: false,
    async open() {
      const { driver, close, openUploads = () => listUploads(driver) } = await open();
      return { driver, openUploads, close };
    },
  };
}
