import { filesystemParameters } from "../../../drivers/filesystem/config.ts";
import { memoryParameters } from "../../../drivers/memory/config.ts";

/** Under the names that distribution has for them. */
export const driverSchemas = { filesystem: filesystemParameters, inmemory: memoryParameters };

/** What the schemas of the drivers do not say themselves. */
export const aboutParameters: Readonly<Record<string, string>> = {
  "storage.filesystem.rootdirectory": "The directory that everything is kept in. Without a configuration file: ./data.",
  "storage.filesystem.maxthreads": "The most file operations at once.",
};
