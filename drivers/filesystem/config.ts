import type { z } from "zod";
import { count, parameters, text } from "../parameters.ts";

/** As distribution names and defaults them. */
export const filesystemParameters = parameters({
  rootdirectory: text("write the path of a directory, or leave it out for /var/lib/registry").default(
    "/var/lib/registry",
  ),
  /** Calls at once. Kept by the concurrency layer, not by this driver. */
  maxthreads: count({ byDefault: 100, minimum: 25 }),
});
export type FilesystemParameters = z.output<typeof filesystemParameters>;
