/** Puts the storage middlewares of a configuration around a driver, in their order. */
import type { DriverContext, StorageDriver } from "../contract.ts";
import { redirectToBaseUrl } from "./base-url.ts";
import { baseUrlOptions, cloudfrontOptions, rewriteOptions } from "./config.ts";
import { rewriteUrls } from "./rewrite.ts";

export const middlewareOptions = { redirect: baseUrlOptions, rewrite: rewriteOptions, cloudfront: cloudfrontOptions };

export interface StorageMiddleware {
  readonly name: keyof typeof middlewareOptions;
  readonly options: unknown;
}

export async function withStorageMiddlewares(
  driver: StorageDriver,
  middlewares: readonly StorageMiddleware[],
  rootdirectory: string,
  context: DriverContext,
): Promise<StorageDriver> {
  let wrapped = driver;
  for (const middleware of middlewares) wrapped = await applyOne(wrapped, middleware, rootdirectory, context);
  return wrapped;
}

async function applyOne(
  driver: StorageDriver,
  { name, options }: StorageMiddleware,
  rootdirectory: string,
  context: DriverContext,
): Promise<StorageDriver> {
  switch (name) {
    case "redirect":
      return { ...driver, presign: redirectToBaseUrl(baseUrlOptions.parse(options)) };
    case "rewrite":
      if (driver.presign === undefined) {
        context.warn("the rewrite middleware does nothing: this store has no URLs that could be rewritten");
        return driver;
      }
      return { ...driver, presign: rewriteUrls(driver.presign, rewriteOptions.parse(options)) };
    case "cloudfront": {
      // Only who uses it pays for its library.
      const { signForCloudfront } = await import("./cloudfront.ts");
      const presign = await signForCloudfront(driver.presign, rootdirectory, cloudfrontOptions.parse(options), context);
      const close = () => {
        presign.close();
        return driver.close();
      };
      return { ...driver, presign, close };
    }
  }
}
