/** Which drivers there are. Each is loaded only when it is asked for: a vendor's SDK costs start time and memory. */
import type * as z from "zod";
import { azureParameters } from "./azure/config.ts";
import type { DriverContext, StorageDriver } from "./contract.ts";
import { filesystemParameters } from "./filesystem/config.ts";
import { gcsParameters } from "./gcs/config.ts";
import { memoryParameters } from "./memory/config.ts";
import { ossParameters } from "./oss/config.ts";
import { ossSettings } from "./oss/settings.ts";
import { s3Parameters } from "./s3/config.ts";
import { s3Settings } from "./s3/settings.ts";
import { swiftParameters } from "./swift/config.ts";

interface DriverRow {
  /** The schema of its parameters, for the reader of the configuration. */
  readonly parameters: z.ZodType;
  /** Takes what that schema put out. */
  readonly open: (parameters: unknown, context: DriverContext) => Promise<StorageDriver>;
  /** No network lies between: nothing to try again, nothing to give up on, and no replica on another machine. */
  readonly isLocal?: true;
}

const DRIVERS = {
  azure: {
    parameters: azureParameters,
    async open(parameters, context) {
      const { openAzureDriver } = await import("./azure/driver.ts");
      return await openAzureDriver(azureParameters.parse(parameters), context);
    },
  },
  filesystem: {
    isLocal: true,
    parameters: filesystemParameters,
    async open(parameters, context) {
      const { openFilesystemDriver } = await import("./filesystem/driver.ts");
      return await openFilesystemDriver(filesystemParameters.parse(parameters), context);
    },
  },
  gcs: {
    parameters: gcsParameters,
    async open(parameters, context) {
      const { openGcsDriver } = await import("./gcs/driver.ts");
      return await openGcsDriver(gcsParameters.parse(parameters), context);
    },
  },
  inmemory: {
    isLocal: true,
    parameters: memoryParameters,
    open: async () => (await import("./memory/driver.ts")).createMemoryDriver(),
  },
  oss: {
    parameters: ossParameters,
    async open(parameters, context) {
      const { openS3Driver } = await import("./s3/driver.ts");
      return await openS3Driver(ossSettings(ossParameters.parse(parameters)), context);
    },
  },
  s3: {
    parameters: s3Parameters,
    async open(parameters, context) {
      const { openS3Driver } = await import("./s3/driver.ts");
      return await openS3Driver(s3Settings(s3Parameters.parse(parameters)), context);
    },
  },
  swift: {
    parameters: swiftParameters,
    async open(parameters, context) {
      const { openSwiftDriver } = await import("./swift/driver.ts");
      return await openSwiftDriver(swiftParameters.parse(parameters), context);
    },
  },
} as const satisfies Record<string, DriverRow>;

export type DriverName = keyof typeof DRIVERS;

export const driverNames = Object.keys(DRIVERS) as readonly DriverName[];

export function isDriverName(name: string): name is DriverName {
  return Object.hasOwn(DRIVERS, name);
}

export function isLocalDriver(name: DriverName): boolean {
  const driver: DriverRow = DRIVERS[name];
  return driver.isLocal ?? false;
}

export function driverParameters(name: DriverName): z.ZodType {
  return DRIVERS[name].parameters;
}

export function openDriver(name: DriverName, parameters: unknown, context: DriverContext): Promise<StorageDriver> {
  const driver: DriverRow = DRIVERS[name];
  return driver.open(parameters, context);
}
