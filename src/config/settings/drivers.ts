import { driverNames, driverParameters } from "../../../drivers/open.ts";
import type { DriverSchemas } from "../catalogue.ts";

export const driverSchemas: DriverSchemas = Object.fromEntries(
  driverNames.map((name) => [name, driverParameters(name)]),
);

/** Second names that distribution knows. */
export const driverAliases: Readonly<Record<string, string>> = { s3aws: "s3" };

/** What the schemas of the drivers do not say themselves. */
export const aboutParameters: Readonly<Record<string, string>> = {
  "storage.filesystem.rootdirectory": "The directory that everything is kept in. Without a configuration file: ./data.",
  "storage.filesystem.acceldirectory":
    "An internal location of nginx whose alias is rootdirectory: nginx sends the blobs itself. See deploy/nginx/files.conf.",
  "storage.filesystem.maxthreads": "The most file operations at once.",
};
