/**
 * `moorage/protocol` names the rules by which replicas share this bucket. A replica that does not know them serves reads
 * and refuses writes, so that in a rolling upgrade an old replica cannot break rules that a newer one relies on.
 */
import type { StorageDriver } from "../../drivers/contract.ts";
import { isDriverError, isNotFound } from "../../drivers/errors.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Log, Runtime } from "../runtime.ts";
import { PROTOCOL_KEY } from "./keys.ts";

/** Version 1: blobs, links and upload sessions as docs/layout.md describes them; no online garbage collection yet. */
export const PROTOCOL_VERSION = 1;
const REFRESH_MILLISECONDS = 3 * 60_000;
const MAX_BYTES = 4096;

export interface Protocol {
  /** Reads the version, and writes it into a bucket that has none. Rejects when the store does not answer. */
  start(): Promise<void>;
  /** Throws `writes_refused` when the bucket follows rules that this version does not know. */
  assertWritable(): void;
  stop(): void;
}

export function createProtocol({
  driver,
  runtime,
  log,
  readOnly,
}: {
  readonly driver: StorageDriver;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly readOnly: boolean;
}): Protocol {
  const stopped = new AbortController();
  let unknownVersion: string | undefined;

  async function refresh(): Promise<void> {
    const version = await readVersion(driver);
    const known = version === undefined || version === PROTOCOL_VERSION;
    if (!known && unknownVersion === undefined) {
      log.error(
        { version, known: PROTOCOL_VERSION },
        `${PROTOCOL_KEY} names rules that this version does not know: writes are refused until it is upgraded`,
      );
    }
    unknownVersion = known ? undefined : String(version);
    if (version === undefined && !readOnly) await writeVersion(driver, log);
  }

  async function keepRefreshing(): Promise<void> {
    while (!stopped.signal.aborted) {
      await runtime.sleep(REFRESH_MILLISECONDS, { signal: stopped.signal });
      // A store that is away for a moment changes no rules: what was read last stands.
      await refresh().catch((error: unknown) => log.warn({ err: error }, `${PROTOCOL_KEY} could not be read`));
    }
  }

  return {
    async start() {
      await refresh();
      keepRefreshing().catch(() => {}); // ends by the abort of its sleep
    },
    assertWritable() {
      if (unknownVersion === undefined) return;
      throw new RegistryError(
        "writes_refused",
        `this bucket is written by version ${unknownVersion} of Moorage's rules, and this replica knows ${PROTOCOL_VERSION}: upgrade it`,
      );
    },
    stop: () => stopped.abort(),
  };
}

/** `undefined` if the bucket has none; whatever is there otherwise. */
async function readVersion(driver: StorageDriver): Promise<unknown> {
  try {
    const body = await driver.get(PROTOCOL_KEY, { range: { start: 0, end: MAX_BYTES - 1 } });
    const text = (await body.bytes()).toString("utf8");
    try {
      return (JSON.parse(text) as { version?: unknown } | null)?.version ?? "unreadable";
    } catch {
      return "unreadable";
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (isDriverError(error, "range_invalid")) return "empty";
    throw error;
  }
}

async function writeVersion(driver: StorageDriver, log: Log): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify({ version: PROTOCOL_VERSION })}\n`);
  try {
    if (driver.conditional) await driver.conditional.create(PROTOCOL_KEY, bytes);
    else await driver.put(PROTOCOL_KEY, bytes);
  } catch (error) {
    if (isDriverError(error, "already_exists")) return;
    if (!isDriverError(error, "denied")) throw error;
    log.warn({ err: error }, `${PROTOCOL_KEY} cannot be written: pushes will fail as well`);
  }
}
