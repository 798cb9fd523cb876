import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import { KEYS, type Place } from "../stores/places.ts";
import { writePasswords } from "./guard.ts";
import type { Command, Peer, Setup } from "./peer.ts";

/** 2.8 cannot take certificates from there, and needs none. */
const ENVIRONMENT = { OTEL_TRACES_EXPORTER: "none", AWS_CA_BUNDLE: "" };

/** CNCF distribution with its cache in memory. */
export function distribution({ name, program }: { readonly name: string; readonly program: string }): Peer {
  async function command({ port, place, settings, directory }: Setup): Promise<Command> {
    const file = join(directory, "config.yml");
    const config = {
      version: 0.1,
      log: { level: "error", accesslog: { disabled: !settings.guarded } },
      storage: {
        ...driverOf(place),
        delete: { enabled: true },
        cache: { blobdescriptor: "inmemory" },
        redirect: { disable: settings.withoutRedirects ?? false },
      },
      http: { addr: `127.0.0.1:${port}`, secret: "one secret, long enough" },
      ...(settings.guarded ? { auth: { htpasswd: { realm: "bench", path: await writePasswords(directory) } } } : {}),
    };
    await writeFile(file, JSON.stringify(config)); // which is YAML
    return { command: toolPath(program), args: ["serve", file], env: ENVIRONMENT };
  }

  async function version(): Promise<string> {
    const { stdout } = await run(toolPath(program), ["--version"], { env: ENVIRONMENT });
    return stdout.trim().split(/\s+/).at(-1) ?? "";
  }

  return { name, command, version };
}

function driverOf(place: Place): Readonly<Record<string, unknown>> {
  if (place.kind === "filesystem") return { filesystem: { rootdirectory: place.directory } };
  const { endpoint, bucket } = place;
  return { s3: { regionendpoint: endpoint, region: "us-east-1", ...KEYS, bucket, forcepathstyle: true } };
}
