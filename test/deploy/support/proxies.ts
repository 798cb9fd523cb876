/** nginx, HAProxy and Caddy with the configurations of `deploy/`, on ports and with certificates of the test. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { startNginx } from "../../e2e/support/nginx.ts";
import { run } from "../../e2e/support/programs.ts";
import { freePort, startServer } from "../../e2e/support/servers.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import { makeCertificate } from "./certificates.ts";
import { adapt, shipped } from "./files.ts";
import type { Replicas } from "./replicas.ts";

export interface Proxy {
  /** Where clients go. */
  readonly url: string;
  readonly plainUrl: string;
  /** PEM, of the certificate to be trusted. */
  readonly ca: string;
  log(): Promise<string>;
}

export type Start = (t: TestContext, replicas: Replicas, changes?: Changes) => Promise<Proxy>;
type Changes = readonly (readonly [from: string | RegExp, to: string])[];

interface Ports {
  readonly tls: number;
  readonly plain: number;
}

const backends = ({ members }: Replicas): Changes =>
  members.map(({ host }, index) => [`replica-${index + 1}.internal:5000`, host]);

async function prepare(): Promise<{ directory: string; ports: Ports; certificate: string; key: string; ca: string }> {
  const directory = temporaryDirectory();
  await chmod(directory, 0o755); // workers are somebody else
  const ports = { tls: await freePort(), plain: await freePort() };
  const { certificate, key } = await makeCertificate(directory, ["registry.example.com", "127.0.0.1", "localhost"]);
  return { directory, ports, certificate, key, ca: await readFile(certificate, "utf8") };
}

async function runProxy(t: TestContext, name: string, args: readonly string[], port: number, env = {}): Promise<void> {
  const server = await startServer(toolPath(name), args, { port, env });
  t.after(() => server.stop());
}

async function runNginx(t: TestContext, directory: string, text: string, changes: Changes, port: number) {
  const proxyConf = join(directory, "proxy.conf");
  await writeFile(proxyConf, shipped("deploy/nginx/proxy.conf"));
  for (const [from, to] of changes) {
    await writeFile(proxyConf, (await readFile(proxyConf, "utf8")).replaceAll(from, to));
    text = text.replaceAll(from, to);
  }
  const server = await startNginx({
    port,
    workers: 2,
    http: adapt(text, [["/etc/nginx/moorage/proxy.conf", proxyConf]]),
  });
  t.after(() => server.stop());
  return server.errors;
}

export const nginxAtTheEdge: Start = async (t, replicas, changes = []) => {
  const { directory, ports, certificate, key, ca } = await prepare();
  const text = adapt(shipped("deploy/nginx/edge.conf"), [
    ...backends(replicas),
    ["listen 80;", `listen 127.0.0.1:${ports.plain};`],
    ["listen 443 ssl", `listen 127.0.0.1:${ports.tls} ssl`],
    ["/etc/nginx/certs/registry.example.com.crt", certificate],
    ["/etc/nginx/certs/registry.example.com.key", key],
  ]);
  const log = await runNginx(t, directory, text, changes, ports.plain);
  return { url: `https://localhost:${ports.tls}`, plainUrl: `http://localhost:${ports.plain}`, ca, log };
};

export const nginxBehindALoadBalancer: Start = async (t, replicas, changes = []) => {
  const { directory, ports, ca } = await prepare();
  const text = adapt(shipped("deploy/nginx/behind-load-balancer.conf"), [
    ...backends(replicas),
    ["listen 80;", `listen 127.0.0.1:${ports.plain};`],
  ]);
  const log = await runNginx(t, directory, text, changes, ports.plain);
  const url = `http://localhost:${ports.plain}`;
  return { url, plainUrl: url, ca, log };
};

export const haproxy: Start = async (t, replicas) => {
  const { directory, ports, certificate, key, ca } = await prepare();
  const both = join(directory, "both.pem");
  await writeFile(both, (await readFile(certificate, "utf8")) + (await readFile(key, "utf8")));
  const file = join(directory, "haproxy.cfg");
  const text = adapt(shipped("deploy/haproxy/haproxy.cfg"), [
    ...backends(replicas),
    ["bind :80\n", `bind 127.0.0.1:${ports.plain}\n`],
    ["bind :443", `bind 127.0.0.1:${ports.tls}`],
    ["/etc/haproxy/certs/registry.example.com.pem", both],
  ]);
  await writeFile(file, text);
  await run(toolPath("haproxy"), ["-c", "-q", "-f", file]);
  await runProxy(t, "haproxy", ["-db", "-f", file], ports.plain);
  return {
    url: `https://localhost:${ports.tls}`,
    plainUrl: `http://localhost:${ports.plain}`,
    ca,
    log: async () => "",
  };
};

export const caddy: Start = async (t, replicas) => {
  const { directory, ports, certificate, key, ca } = await prepare();
  const file = join(directory, "Caddyfile");
  const globals = `{\n\tadmin off\n\thttp_port ${ports.plain}\n\thttps_port ${ports.tls}\n\tdefault_bind 127.0.0.1\n}\n`;
  const text = adapt(shipped("deploy/caddy/Caddyfile"), [
    ...backends(replicas),
    // A certificate of Let's Encrypt is not to be had here.
    ["registry.example.com {\n", `localhost {\n\ttls ${certificate} ${key}\n`],
  ]);
  await writeFile(file, globals + text);
  await mkdir(join(directory, "home"));
  const env = { HOME: join(directory, "home"), XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  await runProxy(t, "caddy", ["run", "--config", file, "--adapter", "caddyfile"], ports.plain, env);
  return {
    url: `https://localhost:${ports.tls}`,
    plainUrl: `http://localhost:${ports.plain}`,
    ca,
    log: async () => "",
  };
};
