/**
 * Images of the names that the shipped files use, made of this machine's programs and their libraries: the real ones are
 * not to be had without a network.
 */
import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import { shippedPath } from "./files.ts";
import type { Machine } from "./machine.ts";

interface StandIn {
  /** Where they are in the image, and where here. */
  readonly programs: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** In Dockerfile's words. */
  readonly changes?: readonly string[];
  /** Adds to the root directory what programs and files do not say. */
  readonly finish?: (root: string) => Promise<void>;
}

const USERS = [
  "root:x:0:0:root:/root:/bin/sh",
  "www-data:x:33:33:www-data:/var/www:/bin/false",
  "haproxy:x:99:99:haproxy:/tmp:/bin/false",
  "nobody:x:65534:65534:nobody:/tmp:/bin/false",
  "nonroot:x:65532:65532:nonroot:/tmp:/bin/false",
];
const GROUPS = ["root:x:0:", "www-data:x:33:", "haproxy:x:99:", "nogroup:x:65534:", "nonroot:x:65532:"];

export async function importStandIn(machine: Machine, name: string, standIn: StandIn): Promise<void> {
  const root = temporaryDirectory();
  const files = { "/etc/passwd": `${USERS.join("\n")}\n`, "/etc/group": `${GROUPS.join("\n")}\n`, ...standIn.files };
  for (const directory of ["tmp", "run", "root", "etc"]) await mkdir(join(root, directory));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const [path, program] of Object.entries(standIn.programs)) await copyProgram(program, join(root, path), root);
  await standIn.finish?.(root);
  const changes = (standIn.changes ?? []).flatMap((change) => ["--change", change]);
  const script = 'chmod 1777 tmp; tar --owner=0 --group=0 -c . | "$0" import "$@"';
  await machine.run("sh", ["-c", script, toolPath("docker"), ...changes, "-", name], { cwd: root });
}

/** With the libraries that it is linked to, at the paths where its loader looks for them. */
async function copyProgram(program: string, target: string, root: string): Promise<void> {
  const source = await realpath(program);
  await mkdir(dirname(target), { recursive: true });
  await cp(source, target);
  // A program without libraries, or a script, is no mistake.
  const { stdout } = await run("sh", ["-c", 'ldd "$0" 2>/dev/null || true', source]);
  for (const [, library] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    if (library === undefined) continue;
    await mkdir(join(root, dirname(library)), { recursive: true });
    await cp(await realpath(library), join(root, library));
  }
}

export const RUNTIME = "gcr.io/distroless/cc-debian12:nonroot";
export const NODE = "node:24-bookworm-slim";

/** What the shipped Dockerfile is built from. No request leaves the machine: npm finds its packages in a cache. */
export async function importBuildImages(machine: Machine): Promise<void> {
  await importStandIn(machine, RUNTIME, { programs: {}, finish: copyCLibraries });
  await importStandIn(machine, NODE, {
    programs: {
      "/bin/sh": "/bin/sh",
      "/bin/mkdir": "/bin/mkdir",
      "/usr/bin/env": "/usr/bin/env",
      "/usr/local/bin/node": process.execPath,
    },
    changes: ["ENV PATH=/usr/local/bin:/usr/bin:/bin NPM_CONFIG_OFFLINE=true NPM_CONFIG_CACHE=/npm-cache"],
    finish: async (root) => {
      const npm = dirname(dirname(await realpath(toolPath("npm"))));
      await cp(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
      await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
      await fillCache(join(root, "npm-cache"));
    },
  });
}

/** The packages that distroless has in this image, libraries only. */
async function copyCLibraries(root: string): Promise<void> {
  const { stdout } = await run("dpkg", ["-L", "libc6", "libgcc-s1", "libstdc++6"]);
  for (const path of stdout.split("\n").filter((line) => /^\/lib64\/ld-|\.so(\.\d+)*$/.test(line))) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(await realpath(path), target);
  }
}

/** All packages for this machine, and those that run for both architectures. */
async function fillCache(cache: string): Promise<void> {
  const running = (cpu: string) => ["--omit=dev", "--os=linux", "--libc=glibc", `--cpu=${cpu}`];
  for (const which of [[], running("x64"), running("arm64")]) {
    const directory = temporaryDirectory();
    for (const file of ["package.json", "package-lock.json"]) await cp(shippedPath(file), join(directory, file));
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", ...which, "--cache", cache];
    await run("npm", args, { cwd: directory, timeoutMilliseconds: 400_000 });
  }
}

const NGINX = `
daemon off;
user www-data;
pid /run/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  include /etc/nginx/conf.d/*.conf;
}
`;

export const importNginx = (machine: Machine) =>
  importStandIn(machine, "nginx:1.28-alpine", {
    programs: { "/usr/sbin/nginx": toolPath("nginx") },
    files: { "/etc/nginx/nginx.conf": NGINX, "/var/log/nginx/.keep": "", "/var/lib/nginx/.keep": "" },
    changes: ['ENTRYPOINT ["/usr/sbin/nginx"]'],
  });

export const importHaproxy = (machine: Machine) =>
  importStandIn(machine, "haproxy:3.2-alpine", {
    programs: { "/usr/sbin/haproxy": toolPath("haproxy") },
    changes: [
      'ENTRYPOINT ["/usr/sbin/haproxy"]',
      'CMD ["-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]',
      "USER 99",
    ],
  });

export const importVersity = (machine: Machine) =>
  importStandIn(machine, "versity/versitygw:v1.8.0", {
    programs: { "/usr/local/bin/versitygw": toolPath("versitygw") },
    changes: ['ENTRYPOINT ["/usr/local/bin/versitygw"]'],
  });

export const importHttpd = (machine: Machine) =>
  importStandIn(machine, "httpd:2", {
    programs: { "/usr/local/apache2/bin/htpasswd": toolPath("htpasswd") },
    changes: ["ENV PATH=/usr/local/apache2/bin:/usr/bin:/bin"],
  });

/** A small image, to push and pull. */
export async function importSmallImage(machine: Machine, name: string): Promise<void> {
  const text = await readFile("/proc/sys/kernel/random/uuid", "utf8");
  await importStandIn(machine, name, { programs: {}, files: { "/content": text.repeat(20_000) } });
}

/** One layer of bytes that do not get smaller. */
export async function importRandomImage(machine: Machine, name: string, size: number): Promise<void> {
  await importStandIn(machine, name, {
    programs: {},
    finish: async (root) => await writeFile(join(root, "content"), randomBytes(size)),
  });
}
