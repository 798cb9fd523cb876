/** A registry in a process of its own that tells how much it has allocated. Started by allocations.test.ts with a directory. */
import { openFilesystemDriver } from "../../drivers/filesystem/driver.ts";
import { openWorld } from "../support/registry-world.ts";

const [, , rootdirectory = ""] = process.argv;
const driver = await openFilesystemDriver({ rootdirectory }, { warn: () => {} });
const { http } = await openWorld(driver);
process.send?.({ port: http.port });
process.on("message", () => process.send?.({ heapUsed: process.memoryUsage().heapUsed }));
process.on("disconnect", () => process.exit());
