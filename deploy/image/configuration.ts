import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OWN = fileURLToPath(new URL("config.yml", import.meta.url));

/** Where the images registry:3 and registry:2 expect a file to be mounted. */
const MOUNTED = ["/etc/distribution/config.yml", "/etc/docker/registry/config.yml"];

/** The file that counts when none is named on the command line. */
export function configurationPath(): string {
  return process.env.REGISTRY_CONFIGURATION_PATH || MOUNTED.find((path) => existsSync(path)) || OWN;
}
