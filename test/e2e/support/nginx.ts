/** nginx on files of its own: nothing of the machine's configuration is read. */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "./directories.ts";
import { type Server, startServer } from "./servers.ts";
import { toolPath } from "./tools.ts";

export interface NginxOptions {
  /** Where it is asked for `/v2/`, until it answers. */
  readonly port: number;
  /** What its http block has. */
  readonly http: string;
  readonly workers: number;
}

export interface Nginx extends Server {
  errors(): Promise<string>;
}

/** Debian's package, and the official image, have such a file around what is in `conf.d`. */
const around = (directory: string, { http, workers }: NginxOptions) => `
daemon off;
worker_processes ${workers};
pid ${directory}/pid;
error_log ${directory}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
${http}
}
`;

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const directory = temporaryDirectory();
  await chmod(directory, 0o755); // workers are somebody else
  const file = join(directory, "nginx.conf");
  const errorFile = join(directory, "error.log");
  await writeFile(file, around(directory, options));
  const server = await startServer(toolPath("nginx"), ["-c", file, "-e", errorFile], options);
  return Object.assign(server, { errors: () => readFile(errorFile, "utf8") });
}
