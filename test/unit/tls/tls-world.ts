/** Certificates in files, and servers and clients that use them. */
import { writeFile } from "node:fs/promises";
import { type RequestOptions, request } from "node:https";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { TlsConfig } from "../../../src/config/tls.ts";
import { systemRuntime } from "../../../src/runtime.ts";
import { openTlsFiles, type TlsFiles } from "../../../src/tls-files.ts";
import { type CertificateOptions, type Issued, issueCertificate } from "../../support/certificates.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { collectLog, type LoggedLine } from "../server/wire.ts";

export const ca = issueCertificate({ name: "an authority", ca: true });
export const otherCa = issueCertificate({ name: "another authority", ca: true });

export const HOSTS = ["localhost", "127.0.0.1"];

export const serverCertificate = (options: Partial<CertificateOptions> = {}): Issued =>
  issueCertificate({ name: "localhost", issuer: ca, hosts: HOSTS, ...options });

export interface FilesWorld {
  readonly directory: string;
  readonly config: TlsConfig;
  readonly lines: readonly LoggedLine[];
  write(name: string, content: string): Promise<void>;
  open(): Promise<TlsFiles>;
}

/** Looks at the files twenty times as often. */
const runtime = {
  ...systemRuntime,
  sleep: (milliseconds: number, options?: Parameters<typeof systemRuntime.sleep>[1]) =>
    systemRuntime.sleep(milliseconds / 20, options),
};

export async function filesWorld(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: Partial<TlsConfig> = {},
): Promise<FilesWorld> {
  const { path: directory, remove } = await temporaryDirectory();
  t.after(remove);
  const write = (name: string, content: string) => writeFile(join(directory, name), content);
  for (const [name, content] of Object.entries(files)) await write(name, content);
  const { log, lines } = collectLog();
  const { certificate = "server.crt", key = "server.key", clientCas = [], ...rest } = options;
  const config: TlsConfig = {
    certificate: join(directory, certificate),
    key: join(directory, key),
    clientCas: clientCas.map((name) => join(directory, name)),
    minimumVersion: "TLSv1.2",
    ciphers: undefined,
    clientAuth: undefined,
    ...rest,
  };
  return {
    directory,
    config,
    lines,
    write,
    async open() {
      const opened = await openTlsFiles(config, { runtime, log });
      t.after(() => opened.close());
      return opened;
    },
  };
}

export interface Asked {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The common name of the server's certificate. */
  readonly server: string;
}

/** One request on a connection of its own. Rejects when there is no answer. */
export function ask(port: number, options: RequestOptions = {}): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const asking = request({ host: "localhost", port, ca: ca.pem, agent: false, ...options }, async (response) => {
    const { subject } = (response.socket as import("node:tls").TLSSocket).getPeerCertificate();
    const chunks: Buffer[] = await response.toArray();
    const body = Buffer.concat(chunks).toString();
    resolve({ status: response.statusCode ?? 0, body, headers: response.headers, server: String(subject?.CN) });
  });
  asking.on("error", reject);
  asking.end();
  return promise;
}

export const showing = ({ pem, keyPem }: Issued): RequestOptions => ({ cert: pem, key: keyPem });
