import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "./directories.ts";
import { lastPartOf } from "./programs.ts";
import { freePort, type Server, startServer } from "./servers.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

export interface Moorage extends Server {
  /** What the filesystem driver writes to. */
  readonly directory: string;
}

export interface MoorageOptions {
  readonly driver?: "filesystem" | "inmemory" | "s3" | "azure" | undefined;
  readonly directory?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Accesses, which a test has switched on to look at them itself, and the audit log are no news. */
const withoutAccesses = (log: string): string =>
  log.replaceAll(/^(?:.*" \d{3} (?:\d+|-) "-" "|.* audit=true ).*\n/gm, "").trim();

/** A registry of ours in a process of its own. It has nothing to say as long as all is well; what it says is shown. */
export async function startMoorage(
  t: TestContext,
  { driver = "filesystem", directory, env }: MoorageOptions = {},
): Promise<Moorage> {
  const port = await freePort();
  const root = directory ?? temporaryDirectory();
  const server = await startServer(process.execPath, [MAIN, "serve"], {
    port,
    env: {
      REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
      REGISTRY_STORAGE: driver,
      ...(driver === "filesystem" ? { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: root } : {}),
      REGISTRY_STORAGE_DELETE_ENABLED: "true",
      REGISTRY_HTTP_DRAINDELAY: "0s",
      REGISTRY_LOG_ACCESSLOG_DISABLED: "true",
      REGISTRY_LOG_LEVEL: "warn",
      ...env,
    },
  });
  t.after(async () => {
    await server.stop();
    const log = lastPartOf(withoutAccesses(server.log()));
    if (log !== "") t.diagnostic(`the registry said:\n${log}`);
  });
  // Getters stay getters this way: the pid changes with each restart.
  return Object.assign(server, { directory: root });
}
