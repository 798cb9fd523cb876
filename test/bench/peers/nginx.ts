/** nginx in front of a registry on a directory, as `deploy/nginx` has it: it sends files itself where the registry asks for that. */
import { chmod, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { adapt, shipped } from "../../deploy/support/files.ts";
import { startNginx } from "../../e2e/support/nginx.ts";
import { freePort } from "../../e2e/support/servers.ts";
import type { Running } from "./running.ts";

/** As deploy/nginx/files.conf has it. */
export const FILES_LOCATION = "/moorage-files/";

/** What is used is still the registry's alone. */
export async function putNginxBefore(registry: Running, directory: string): Promise<Running> {
  const { place, stop } = registry;
  if (place.kind !== "filesystem") throw new Error("nginx has no files to send");
  await chmod(place.directory, 0o755); // nginx' workers are somebody else
  const port = await freePort();
  const proxyFile = join(directory, "proxy.conf");
  await writeFile(proxyFile, shipped("deploy/nginx/proxy.conf"));
  const files = shipped("deploy/nginx/files.conf").replace("/var/lib/registry/", `${place.directory}/`);
  const http = adapt(shipped("deploy/nginx/behind-load-balancer.conf"), [
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ["replica-1.internal:5000", new URL(registry.url).host],
    [/^ *server replica-[23].*\n/gm, ""],
    ["/etc/nginx/moorage/proxy.conf", proxyFile],
    ["        proxy_pass", "        proxy_set_header X-Sendfile-Type X-Accel-Redirect;\n        proxy_pass"],
    ["    location ~ ", `${files}\n    location ~ `],
  ]);
  const nginx = await startNginx({ port, workers: availableParallelism(), http });
  return {
    ...registry,
    url: nginx.url,
    async stop() {
      await nginx.stop();
      await stop();
    },
  };
}
