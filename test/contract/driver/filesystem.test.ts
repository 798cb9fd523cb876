import assert from "node:assert/strict";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { patientDisk } from "../../../drivers/filesystem/disk.ts";
import { createFilesystemDriver } from "../../../drivers/filesystem/driver.ts";
import { openStore } from "../../../drivers/filesystem/open.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { filesystemLeftovers } from "./filesystem-leftovers.ts";
import { driverContract } from "./suite.ts";

const context = { warn: assert.fail };

function contractIn(name: string, open: (rootdirectory: string) => Promise<StorageDriver>): void {
  driverContract(name, async () => {
    const directory = await temporaryDirectory();
    const [driver, second] = await Promise.all([open(directory.path), open(directory.path)]);
    return {
      driver,
      second,
      leftovers: () => filesystemLeftovers(directory.path),
      async close() {
        await Promise.all([driver.close(), second.close()]);
        await directory.remove();
      },
    };
  });
}

contractIn("filesystem", (rootdirectory) => openDriver("filesystem", { rootdirectory }, context));

contractIn("filesystem, as on a file server without hard links", async (rootdirectory) =>
  createFilesystemDriver({ ...(await openStore(rootdirectory, context)), disk: patientDisk, hardLinks: false }),
);
