/**
 * A host that clients must not take for their own: on an address of this machine's they trust whatever certificate they are
 * shown, or none. It has another, and a registry that speaks TLS, where no other process sees them.
 */
import { cp, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Machine, startMachine } from "../../deploy/support/machine.ts";
import { type Issued, issueCertificate } from "../../support/certificates.ts";
import type { Client } from "./clients.ts";
import { toolPath } from "./tools.ts";
import { until } from "./until.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const ADDRESS = "198.51.100.7";

export const authority = issueCertificate({ name: "the authority of this test", ca: true });

export const serverCertificate = (name: string): Issued =>
  issueCertificate({ name, issuer: authority, hosts: [ADDRESS], use: "server" });

export interface TlsHost extends Machine {
  /** Starts a registry. Resolves to what stands in front of an image's name. */
  serve(port: number, env: Readonly<Record<string, string>>): Promise<string>;
  client(name: string, env?: Readonly<Record<string, string>>): Client;
  /** As one that renews certificates does. */
  renew(issued: Issued): Promise<void>;
  /** A directory as docker, podman and skopeo want it. */
  certificatesFor(name: string, client?: Issued): Promise<string>;
}

export async function startTlsHost(t: TestContext): Promise<TlsHost> {
  const machine = await startMachine(t);
  const at = (...parts: string[]) => join(machine.directory, ...parts);
  await machine.sh(`ip address add ${ADDRESS}/32 dev lo; mkdir -p /etc/docker/certs.d`);
  await writeFile(at("ca.crt"), authority.pem);
  // podman insists on the file where DOCKER_CONFIG says that it is.
  await mkdir(at("home/.docker"), { recursive: true });
  await writeFile(at("home/.docker/config.json"), "{}");

  async function renew({ pem, keyPem }: Issued): Promise<void> {
    for (const [file, content] of [
      ["server.key", keyPem],
      ["server.crt", pem],
    ] as const) {
      await writeFile(at(`${file}.new`), content);
      await rename(at(`${file}.new`), at(file));
    }
  }
  await renew(serverCertificate("first"));

  return {
    ...machine,
    renew,
    client:
      (name, env) =>
      async (...args) =>
        (await machine.run(toolPath(name), args, { env })).stdout.trim(),
    async serve(port, env) {
      const host = `${ADDRESS}:${port}`;
      const program = machine.start(process.execPath, [MAIN, "serve"], {
        env: {
          REGISTRY_HTTP_ADDR: host,
          REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: at(`data-${port}`),
          REGISTRY_HTTP_DRAINDELAY: "0s",
          REGISTRY_HTTP_TLS_CERTIFICATE: at("server.crt"),
          REGISTRY_HTTP_TLS_KEY: at("server.key"),
          ...env,
        },
      });
      t.after(async () => {
        program.signal("SIGTERM");
        await program.ended;
      });
      await until(`${host} listens`, async () => {
        if (program.hasEnded) throw new Error(program.stdout() + program.stderr());
        return program.stderr().includes("listening");
      });
      return host;
    },
    async certificatesFor(name, client) {
      const directory = at(`certificates of ${name}`.replaceAll(" ", "-"));
      await mkdir(directory);
      await cp(at("ca.crt"), join(directory, "ca.crt"));
      if (client) {
        await writeFile(join(directory, "client.cert"), client.pem);
        await writeFile(join(directory, "client.key"), client.keyPem);
      }
      return directory;
    },
  };
}
