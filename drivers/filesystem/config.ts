import type * as z from "zod";
import { count, optionalText, parameters, text } from "../parameters.ts";

/** As distribution names and defaults them. */
export const filesystemParameters = parameters({
  rootdirectory: text("write the path of a directory, or leave it out for /var/lib/registry").default(
    "/var/lib/registry",
  ),
  /** Of a location of nginx whose alias is `rootdirectory`: "/" at both ends. Absent: nobody else reads the files. */
  acceldirectory: optionalText("write the path of nginx' internal location, such as /moorage-files/")
    .transform((path) => path || undefined)
    .refine((path) => path === undefined || /^\/(?:[\w.-]+\/)+$/.test(path), {
      error: "write a path with a slash at both ends, such as /moorage-files/",
    }),
  /** Calls at once. Kept by the concurrency layer, not by this driver. */
  maxthreads: count({ byDefault: 100, minimum: 25 }),
});
export type FilesystemParameters = z.output<typeof filesystemParameters>;
