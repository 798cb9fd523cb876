/** CNCF distribution on a directory: the registry that this one can take over from, and hand back to. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryDirectory } from "./directories.ts";
import { run } from "./programs.ts";
import { freePort, type Server, startServer } from "./servers.ts";
import { toolPath } from "./tools.ts";

/** Version 2.8 as Debian has it, and version 3. */
export const DISTRIBUTIONS = ["docker-registry", "registry"] as const;

const NO_TELEMETRY = { OTEL_TRACES_EXPORTER: "none" };

export interface Distribution extends Server {
  garbageCollect(options?: { readonly dryRun?: boolean }): Promise<Collection>;
}

/** What a garbage collection says that it did, or would do. */
export interface Collection {
  readonly marked: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
  readonly output: string;
}

/** `auth`: as in its configuration file. */
export async function startDistribution(
  t: TestContext,
  name: string,
  directory: string,
  { auth }: { readonly auth?: object } = {},
): Promise<Distribution> {
  const port = await freePort();
  const file = join(temporaryDirectory(), "config.yml");
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "0123456789abcdef" },
    ...(auth && { auth }),
  };
  await writeFile(file, JSON.stringify(config)); // which is YAML
  const server = await startServer(toolPath(name), ["serve", file], { port, env: NO_TELEMETRY });
  t.after(() => server.stop());

  async function garbageCollect({ dryRun = false } = {}): Promise<Collection> {
    const args = ["garbage-collect", ...(dryRun ? ["--dry-run"] : []), file];
    const { stdout, stderr } = await run(toolPath(name), args, { env: NO_TELEMETRY });
    const output = stdout + stderr;
    const digestsAfter = (words: RegExp) => new Set([...output.matchAll(words)].map(([, digest = ""]) => digest));
    return {
      marked: digestsAfter(/: marking (?:manifest|blob) (\S+)/g),
      deleted: digestsAfter(/(?:blob|manifest) eligible for deletion: (\S+)/g),
      output,
    };
  }

  return Object.assign(server, { garbageCollect });
}
