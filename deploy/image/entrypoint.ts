/** The image's first process: takes arguments and configuration files as the images registry:2 and registry:3 do. */
import { configurationPath } from "./configuration.ts";

const given = process.argv.slice(2);
// `docker run registry:2 /config.yml` is short for `serve /config.yml`.
const isFileAlone = /\.ya?ml$/.test(given[0] ?? "");

process.env.REGISTRY_CONFIGURATION_PATH = configurationPath();
process.argv.splice(2, given.length, ...(isFileAlone || given.length === 0 ? ["serve", ...given] : given));
await import("../../src/main.ts");
