/** `moorage doctor`: what a configuration and its bucket will be like here, before the switch. Only reads, unless told otherwise. */
import { access } from "node:fs/promises";
import type { StorageDriver } from "../../drivers/contract.ts";
import { isDriverName, isLocalDriver } from "../../drivers/open.ts";
import { noAudit } from "../auth/audit.ts";
import { openAuthentication } from "../authentication.ts";
import type { Config } from "../config/config.ts";
import { type ExaminedConfiguration, examineConfiguration } from "../config/load.ts";
import { ExplainedError } from "../explained-error.ts";
import { createMetrics } from "../metrics.ts";
import { createRedaction } from "../redaction.ts";
import { reachRedis } from "../redis.ts";
import { inspect, type Seen } from "../registry/inspection/inspect.ts";
import { type Log, type Runtime, systemRuntime } from "../runtime.ts";
import { describeStore, openStore } from "../store.ts";
import { openTlsFiles } from "../tls-files.ts";
import { addProblem } from "./bucket.ts";
import { checkConfiguration } from "./configuration.ts";
import { type Area, Findings } from "./finding.ts";
import { createProgress } from "./progress.ts";
import { checkRedirects } from "./reach.ts";
import type { Diagnosis } from "./report.ts";
import { checkReading, checkWriting } from "./rights.ts";

export interface DoctorOptions {
  readonly file: string | undefined;
  /** Also writes, copies and deletes small objects, which nothing else tells whether it is allowed. */
  readonly tryWrites: boolean;
  readonly mostObjects: number;
  /** Aborted: the report has what was found until then. */
  readonly signal: AbortSignal;
}

interface Examination extends DoctorOptions {
  readonly config: Config;
  readonly findings: Findings;
  readonly runtime: Runtime;
}

/** Rejects `ExplainedError` for a file that is not there. */
export async function examine(options: DoctorOptions): Promise<Diagnosis> {
  const { file } = options;
  if (file !== undefined) await assertReadable(file);
  const examined = await examineConfiguration({ file });
  const findings = new Findings();
  checkConfiguration(examined, findings);
  const { config } = examined;
  const examination = { ...options, config, findings, runtime: systemRuntime };
  if (examined.findings.mistakes.length === 0) await checkFiles(examination);
  await checkRedis(examination);
  const isNamed = isStoreNamed(examined);
  const redact = createRedaction(config.secrets);
  return {
    configuration: file ?? "the configuration",
    store: isNamed ? describeStore(config.storage.driver) : undefined,
    seen: isNamed ? await checkStore(examination) : undefined,
    findings: findings.all().map((finding) => ({ ...finding, what: redact(finding.what) })),
  };
}

async function assertReadable(file: string): Promise<void> {
  await access(file).catch((error: NodeJS.ErrnoException) => {
    throw new ExplainedError(`${file} cannot be read (${error.code})`, { cause: error });
  });
}

const isStoreNamed = ({ config: { storage }, evaluation }: ExaminedConfiguration): boolean =>
  storage.driver.name !== "" && storage.driver.name !== "inmemory" && evaluation.driver?.parameters !== undefined;

const isLocal = ({ storage: { driver } }: Config): boolean => isDriverName(driver.name) && isLocalDriver(driver.name);

/** For those who warn of what an operator should know. */
function logInto(findings: Findings, area: Area, fix: string): Log {
  const warn = (_fields: object, what: string) => findings.add({ severity: "note", area, what, fix });
  return { debug() {}, info() {}, warn, error: warn };
}

/** Opens what `serve` would open: passwords, rules, keys, certificates. */
async function checkFiles({ config: { auth, http }, findings, runtime }: Examination): Promise<void> {
  const { secrets, prefix, tls } = http;
  const log = logInto(findings, "configuration", "renew or correct the file that it speaks of");
  const services = { runtime, log, audit: noAudit, prefix, secrets: secrets.length > 0 ? secrets : ["0".repeat(64)] };
  for (const open of [() => openAuthentication(auth, services), () => tls && openTlsFiles(tls, services)]) {
    try {
      (await open())?.close();
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      const fix =
        "correct what it names; as another user than the registry's, the doctor may see less than the registry";
      findings.add({ severity: "broken", area: "configuration", what: error.message, fix });
    }
  }
}

async function checkRedis({ config, findings, runtime }: Examination): Promise<void> {
  if (!config.redis) return;
  try {
    await reachRedis(config.redis, runtime);
  } catch (error) {
    const what = `Redis cannot be used: ${(error as Error).message}`;
    const fix =
      "correct redis.addrs, its password and its certificates; the registry works without it, and asks the bucket more often";
    findings.add({ severity: "broken", area: "surroundings", what, fix });
  }
}

async function checkStore(examination: Examination): Promise<Seen | undefined> {
  const { config, findings, runtime, tryWrites } = examination;
  const log = logInto(findings, "surroundings", "see drivers/README.md, and the driver's own page");
  let driver: StorageDriver;
  try {
    driver = await openStore(config.storage, { log, metrics: createMetrics(), runtime, readOnly: !tryWrites });
  } catch (error) {
    const what = `the store ${describeStore(config.storage.driver)} cannot be opened: ${(error as Error).message}`;
    const fix = "correct the parameters of the driver, or the rights of its credentials; the message tells which";
    findings.add({ severity: "broken", area: "surroundings", what, fix });
    return undefined;
  }
  try {
    await checkReading(driver, runtime, findings);
    if (tryWrites) await checkWriting(driver, runtime, findings);
    if (config.storage.redirects && !isLocal(config)) await checkRedirects(driver, runtime, findings);
    return await lookAround(driver, examination);
  } finally {
    await driver.close();
  }
}

async function lookAround(
  driver: StorageDriver,
  { findings, runtime, mostObjects, signal }: Examination,
): Promise<Seen | undefined> {
  const progress = createProgress(process.stderr, runtime.monotonic);
  let seen: Seen | undefined;
  try {
    return await inspect(
      { driver, runtime },
      {
        mostObjects,
        signal,
        report: (problem) => addProblem(findings, problem),
        progress(now) {
          seen = now;
          progress.show(now);
        },
      },
    );
  } catch (error) {
    if (!signal.aborted) {
      const what = `the bucket cannot be walked: ${(error as Error).message}`;
      findings.add({ severity: "broken", area: "surroundings", what, fix: "see the message, and start again" });
    }
    return seen;
  } finally {
    progress.end();
  }
}
