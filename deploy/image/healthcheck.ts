/** `HEALTHCHECK`: exits with 0 if the registry in this container answers. There is no curl and no shell to ask with. */
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { request as requestWithTls } from "node:https";
import { loadConfiguration } from "../../src/config/load.ts";
import { configurationPath } from "./configuration.ts";

const PATIENCE = 4000;
const EVERY_INTERFACE = [undefined, "0.0.0.0", "::"];

/** Somebody who answers that a certificate of ours is missing is alive. */
const WANTS_A_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/;

const firstProcess = await readFile("/proc/1/cmdline", "utf8").catch(() => "");
const named = firstProcess.split("\0").findLast((argument) => /\.ya?ml$/.test(argument));
const { config } = await loadConfiguration({ file: named ?? configurationPath() });

const { address } = config.http;
const target = {
  path: "/livez",
  timeout: PATIENCE,
  ...(address.kind === "unix"
    ? { socketPath: address.path }
    : { port: address.port, host: EVERY_INTERFACE.includes(address.host) ? "localhost" : address.host }),
};
// The certificate is for the name that clients use, which is not ours.
const asking = config.http.tls ? requestWithTls({ ...target, rejectUnauthorized: false }) : request(target);

asking.on("response", ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
asking.on("timeout", () => asking.destroy(new Error("no answer in time")));
asking.on("error", (error: NodeJS.ErrnoException) => {
  if (WANTS_A_CERTIFICATE.test(error.code ?? "")) process.exit(0);
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
asking.end();
