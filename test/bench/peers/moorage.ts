import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { environmentOf } from "../../e2e/support/buckets.ts";
import { run } from "../../e2e/support/programs.ts";
import { KEYS } from "../stores/places.ts";
import { writePasswords } from "./guard.ts";
import { FILES_LOCATION } from "./nginx.ts";
import type { Command, Peer, Setup } from "./peer.ts";

const HERE = resolve(import.meta.dirname, "../../..");
/** Those of `npm start`, the image and the systemd unit. */
export const NODE_FLAGS = ["--max-semi-space-size=16", "--no-parallel-scavenge"];

interface MoorageOptions {
  readonly name: string;
  readonly workers?: "1" | "auto";
  /** Where its sources are: by default here. */
  readonly root?: string;
  /** `npm run build` has to be done. By default it runs from its sources. */
  readonly program?: "dist/main.js" | "src/main.ts";
}

export function moorage({ name, workers = "1", root = HERE, program = "src/main.ts" }: MoorageOptions): Peer {
  async function command({ port, place, settings, directory }: Setup): Promise<Command> {
    const env = {
      REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
      REGISTRY_HTTP_WORKERS: workers,
      REGISTRY_HTTP_DRAINDELAY: "0s",
      REGISTRY_STORAGE: place.kind,
      ...(place.kind === "s3"
        ? environmentOf({ account: { endpoint: place.endpoint, ...KEYS }, bucket: place.bucket })
        : { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: place.directory }),
      REGISTRY_STORAGE_DELETE_ENABLED: "true",
      REGISTRY_STORAGE_REDIRECT_DISABLE: String(settings.withoutRedirects ?? false),
      REGISTRY_LOG_LEVEL: "error",
      REGISTRY_LOG_ACCESSLOG_DISABLED: String(!settings.guarded),
      ...(settings.behindNginx
        ? { REGISTRY_STORAGE_FILESYSTEM_ACCELDIRECTORY: FILES_LOCATION, REGISTRY_HTTP_TRUSTEDPROXIES: "loopback" }
        : {}),
      ...(settings.guarded ? { REGISTRY_AUTH_HTPASSWD_PATH: await writePasswords(directory) } : {}),
    };
    return {
      command: process.execPath,
      args: [...NODE_FLAGS, join(root, program), "serve"],
      env,
      cwd: directory,
    };
  }
  return { name, command, version: () => versionOf(root) };
}

async function versionOf(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const commit = await run("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).catch(() => undefined);
  return [version, commit && `at ${commit.stdout.trim()},`, `Node ${process.version}`].filter(Boolean).join(" ");
}
