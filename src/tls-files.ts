/** The registry's certificate and its key, and those who vouch for clients: from files, as they are now. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { TlsConfig } from "./config/tls.ts";
import type { Log, Runtime } from "./runtime.ts";
import { watch } from "./watched-files.ts";

export interface TlsFiles {
  readonly current: SecureContextOptions;
  /** Told of each change that takes effect. */
  onChange(listener: (context: SecureContextOptions) => void): void;
  close(): void;
}

interface Loaded {
  readonly context: SecureContextOptions;
  readonly certificate: X509Certificate;
}

type Services = { readonly runtime: Runtime; readonly log: Log };

const DAY = 24 * 3_600_000;
/** Renewals come weeks before the end; if none has come by now, somebody should look. */
const SHORT = 14 * DAY;

/**
 * Rejects `ExplainedError` with everything that is wrong with the files. A certificate whose time is over is served all the same,
 * for clients say best what is wrong with it; but it never takes the place of another.
 */
export async function openTlsFiles(config: TlsConfig, { runtime, log }: Services): Promise<TlsFiles> {
  const listeners: ((context: SecureContextOptions) => void)[] = [];
  const now = () => runtime.now();
  const closing = new AbortController();
  let isFirst = true;

  async function load(): Promise<Loaded> {
    const loaded = await loadAll(config);
    const problem = problemWithTime(loaded.certificate, now());
    if (!isFirst && problem !== undefined) throw new RangeError(`http.tls.certificate ${problem}`);
    isFirst = false;
    return loaded;
  }

  const watched = await watch(
    {
      what: "the certificates of http.tls",
      paths: [config.certificate, config.key, ...config.clientCas],
      load,
      onChange(loaded) {
        remark(loaded.certificate, now(), log);
        for (const listener of listeners) listener(loaded.context);
      },
    },
    { runtime, log },
  );
  remarkOnNames(watched.current.certificate, log);
  remark(watched.current.certificate, now(), log);

  async function remarkDaily(): Promise<void> {
    while (!closing.signal.aborted) {
      await runtime.sleep(DAY, { signal: closing.signal });
      remark(watched.current.certificate, now(), log);
    }
  }
  remarkDaily().catch((error: unknown) => {
    if (!closing.signal.aborted) log.error({ err: error }, "nobody looks at the end of http.tls.certificate any more");
  });

  return {
    get current() {
      return watched.current.context;
    },
    onChange: (listener) => void listeners.push(listener),
    close() {
      watched.close();
      closing.abort();
    },
  };
}

async function loadAll({ certificate, key, clientCas, minimumVersion, ciphers }: TlsConfig): Promise<Loaded> {
  const problems: string[] = [];
  const attempt = async <T>(setting: string, path: string, parse: (content: Buffer) => T): Promise<T | undefined> => {
    try {
      return parse(await readFile(path));
    } catch (error) {
      problems.push(`${setting} ${path} ${whyNot(error as NodeJS.ErrnoException)}`);
      return undefined;
    }
  };
  const chain = await attempt("http.tls.certificate", certificate, parseCertificates);
  const secret = await attempt("http.tls.key", key, parseKey);
  const cas = await Promise.all(clientCas.map((path) => attempt("http.tls.clientcas", path, parseCertificates)));
  const [own] = chain?.certificates ?? [];
  if (own && secret && !own.checkPrivateKey(secret.key)) {
    problems.push(`http.tls.key ${key} is not the key of the first certificate in ${certificate}`);
  }
  if (problems.length > 0 || !own || !chain || !secret) throw new RangeError(problems.join("; "));
  const context = {
    cert: chain.pem,
    key: secret.pem,
    // Without any, nobody is trusted: Node would trust all the authorities of the web.
    ca: cas.flatMap((found) => found?.pem ?? []),
    minVersion: minimumVersion,
    ...(ciphers !== undefined && { ciphers }),
  };
  assertUsable(context);
  return { context, certificate: own };
}

/** OpenSSL has the last word: on keys that are too short, for example. */
function assertUsable(context: SecureContextOptions): void {
  try {
    createSecureContext(context);
  } catch (error) {
    const { reason, message } = error as Error & { readonly reason?: string };
    throw new RangeError(`http.tls cannot be used (${reason ?? message})`);
  }
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function parseCertificates(pem: Buffer) {
  const blocks = pem.toString("latin1").match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new RangeError("has no certificate in PEM form");
  try {
    return { pem, certificates: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    throw new RangeError("has a certificate that cannot be read");
  }
}

function parseKey(pem: Buffer): { readonly pem: Buffer; readonly key: KeyObject } {
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch {
    throw new RangeError(
      pem.includes("ENCRYPTED") ? "has a passphrase: write it without one" : "has no key in PEM form",
    );
  }
}

const whyNot = ({ code, message }: NodeJS.ErrnoException): string =>
  code === undefined || code.startsWith("ERR_") ? message : `cannot be read (${code})`;

function problemWithTime({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (validToDate.getTime() <= now) return `has expired, on ${validToDate.toISOString()}`;
  return validFromDate.getTime() > now ? `is not good before ${validFromDate.toISOString()}` : undefined;
}

function remark(certificate: X509Certificate, now: number, log: Log): void {
  const problem = problemWithTime(certificate, now);
  const left = certificate.validToDate.getTime() - now;
  if (problem !== undefined) {
    log.error({}, `http.tls.certificate ${problem}: clients will not talk to the registry`);
  } else if (left < SHORT) {
    log.warn({}, `http.tls.certificate expires in ${Math.floor(left / DAY)} days, on ${certificate.validTo}`);
  }
}

function remarkOnNames({ subjectAltName }: X509Certificate, log: Log): void {
  if (subjectAltName !== undefined) return;
  log.warn({}, "http.tls.certificate has no subjectAltName: docker and other clients will not take its name for good");
}
