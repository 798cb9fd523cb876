/** Which drivers there are. Each is loaded only when it is asked for: a vendor's SDK costs start time and memory. */
import type { z } from "zod";
import type { DriverContext, StorageDriver } from "./contract.ts";

interface DriverRow {
  /** The schema of its parameters, for the reader of the configuration. */
  readonly parameters: () => Promise<z.ZodType>;
  /** Takes what that schema put out. */
  readonly open: (parameters: unknown, context: DriverContext) => Promise<StorageDriver>;
  /** No network lies between: nothing to try again, nothing to give up on, and no replica on another machine. */
  readonly isLocal?: true;
}

const DRIVERS = {
  azure: {
    parameters: async () => (await import("./azure/config.ts")).azureParameters,
    async open(parameters, context) {
      const { azureParameters } = await import("./azure/config.ts");
      const { openAzureDriver } = await import("./azure/driver.ts");
      return await openAzureDriver(azureParameters.parse(parameters), context);
    },
  },
  filesystem: {
    isLocal: true,
    parameters: async () => (await import("./filesystem/config.ts")).filesystemParameters,
    async open(parameters, context) {
      const { filesystemParameters } = await import("./filesystem/config.ts");
      const { openFilesystemDriver } = await import("./filesystem/driver.ts");
      return await openFilesystemDriver(filesystemParameters.parse(parameters), context);
    },
  },
  gcs: {
    parameters: async () => (await import("./gcs/config.ts")).gcsParameters,
    async open(parameters, context) {
      const { gcsParameters } = await import("./gcs/config.ts");
      const { openGcsDriver } = await import("./gcs/driver.ts");
      return await openGcsDriver(gcsParameters.parse(parameters), context);
    },
  },
  inmemory: {
    isLocal: true,
    parameters: async () => (await import("./memory/config.ts")).memoryParameters,
    open: async () => (await import("./memory/driver.ts")).createMemoryDriver(),
  },
  oss: {
    parameters: async () => (await import("./oss/config.ts")).ossParameters,
    async open(parameters, context) {
      const [{ ossParameters }, { ossSettings }, { openS3Driver }] = await Promise.all([
        import("./oss/config.ts"),
        import("./oss/settings.ts"),
        import("./s3/driver.ts"),
      ]);
      return await openS3Driver(ossSettings(ossParameters.parse(parameters)), context);
    },
  },
  s3: {
    parameters: async () => (await import("./s3/config.ts")).s3Parameters,
    async open(parameters, context) {
      const [{ s3Parameters }, { s3Settings }, { openS3Driver }] = await Promise.all([
        import("./s3/config.ts"),
        import("./s3/settings.ts"),
        import("./s3/driver.ts"),
      ]);
      return await openS3Driver(s3Settings(s3Parameters.parse(parameters)), context);
    },
  },
  swift: {
    parameters: async () => (await import("./swift/config.ts")).swiftParameters,
    async open(parameters, context) {
      const { swiftParameters } = await import("./swift/config.ts");
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

export function driverParameters(name: DriverName): Promise<z.ZodType> {
  return DRIVERS[name].parameters();
}

export function openDriver(name: DriverName, parameters: unknown, context: DriverContext): Promise<StorageDriver> {
  const driver: DriverRow = DRIVERS[name];
  return driver.open(parameters, context);
}
