/** One bucket, two registries: what the one wrote, the other serves. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { createImageMaker } from "../e2e/support/images.ts";
import { deleteManifest, pushImage } from "../e2e/support/push.ts";
import { freePort, type Server, startServer } from "../e2e/support/servers.ts";
import { toolPath } from "../e2e/support/tools.ts";
import { viewOf } from "../e2e/support/view.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";
/** More than a part, for either registry. */
const LARGE = 12_000_000;
/** 2.8 cannot take certificates from there, and needs none. */
const ENVIRONMENT = { OTEL_TRACES_EXPORTER: "none", AWS_CA_BUNDLE: "" };

export interface InTurn {
  /** The most bytes of a blob that is pushed to theirs. */
  readonly theirLargest?: number | undefined;
}

export async function pushInTurn(ours: Server, theirs: Server, { theirLargest = LARGE }: InTurn = {}): Promise<void> {
  const maker = createImageMaker("alternating");
  const shared = maker.layer({ size: 200_000 });
  for (let n = 0; n < 6; n++) {
    const { url } = n % 2 === 0 ? ours : theirs;
    const size = url === ours.url ? LARGE : theirLargest;
    const large = n < 2 ? [maker.layer({ size, compression: "none" })] : [];
    const image = maker.image({ layers: [shared, ...large, maker.layer()] });
    await pushImage(url, `alternating/${n % 3}`, image, `v${n}`);
    await pushImage(url, "alternating/0", maker.index([image]), "latest");
    if (n === 4) await deleteManifest(url, "alternating/1", image.descriptor.digest);
    assert.deepEqual(await viewOf(ours.url), await viewOf(theirs.url));
  }
}

/** CNCF distribution, on a driver with these parameters. */
export async function startTheirs(
  t: TestContext,
  name: string,
  storage: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { ...storage, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: SECRET },
  };
  const file = join(temporaryDirectory(), "config.yml");
  await writeFile(file, JSON.stringify(config)); // which is YAML
  const server = await startServer(toolPath(name), ["serve", file], { port, env: { ...ENVIRONMENT, ...env } });
  t.after(() => server.stop());
  return server;
}
