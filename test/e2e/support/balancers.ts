/** Load balancers that send each request to the next replica, whoever it comes from. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryDirectory } from "./directories.ts";
import { startNginx } from "./nginx.ts";
import { freePort, startServer } from "./servers.ts";
import { toolPath } from "./tools.ts";

export interface Balancer {
  readonly url: string;
  /** As in an image's name. */
  readonly host: string;
}

type Hosts = readonly { readonly host: string }[];
type Start = (t: TestContext, replicas: Hosts) => Promise<Balancer>;

export interface BalancerKind {
  readonly name: string;
  /** Programs. */
  readonly needs: readonly string[];
  readonly start: Start;
}

const nginxConfiguration = (port: number, hosts: readonly string[]) => `
  upstream replicas {
${hosts.map((host) => `    server ${host} max_fails=1 fail_timeout=2s;`).join("\n")}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      client_max_body_size 0;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
`;

const hostsOf = (replicas: Hosts): string[] => replicas.map(({ host }) => host);

const haproxyConfiguration = (port: number, hosts: readonly string[]) => `
global
  maxconn 1000
defaults
  mode http
  option redispatch
  retries 3
  timeout connect 5s
  timeout client 300s
  timeout server 300s
frontend registry
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk
  http-check send meth GET uri /readyz
  default-server check inter 500ms fall 2 rise 1
${hosts.map((host, index) => `  server replica-${index} ${host}`).join("\n")}
`;

async function startNginxBefore(t: TestContext, replicas: Hosts): Promise<Balancer> {
  const port = await freePort();
  // One worker: each would count its turns alone.
  const server = await startNginx({ port, workers: 1, http: nginxConfiguration(port, hostsOf(replicas)) });
  t.after(async () => {
    await server.stop();
    const log = await server.errors();
    if (log.includes("temporary file")) t.diagnostic(`nginx said:\n${log}`);
  });
  return server;
}

async function startHaproxyBefore(t: TestContext, replicas: Hosts): Promise<Balancer> {
  const port = await freePort();
  const file = join(temporaryDirectory(), "haproxy.cfg");
  await writeFile(file, haproxyConfiguration(port, hostsOf(replicas)));
  const server = await startServer(toolPath("haproxy"), ["-db", "-f", file], { port });
  t.after(() => server.stop());
  return server;
}

export const BALANCERS: readonly BalancerKind[] = [
  { name: "nginx", needs: ["nginx"], start: startNginxBefore },
  { name: "HAProxy", needs: ["haproxy"], start: startHaproxyBefore },
];
