/** Whether the credentials are allowed what the registry will do, prefix by prefix. */
import type { StorageDriver } from "../../drivers/contract.ts";
import { DriverError, isDriverError } from "../../drivers/errors.ts";
import type { Runtime } from "../runtime.ts";
import type { Findings } from "./finding.ts";

/** A prefix, and what is never there: below it a registry looks for nothing. */
const PREFIXES = ["docker/registry/v2/blobs/", "docker/registry/v2/repositories/", "moorage/"] as const;

interface Act {
  readonly name: string;
  readonly attempt: () => Promise<unknown>;
}

export async function checkReading(driver: StorageDriver, runtime: Runtime, findings: Findings): Promise<void> {
  for (const prefix of PREFIXES) {
    const absent = `${prefix}doctor-${runtime.randomUUID()}`;
    await tryAll(findings, prefix, [
      { name: "list", attempt: async () => await driver.list(prefix)[Symbol.asyncIterator]().next() },
      { name: "say of an object that it is not there", attempt: () => unlessAbsent(driver.head(absent)) },
      { name: "read", attempt: () => unlessAbsent(driver.get(absent)) },
    ]);
  }
}

/** Leaves nothing behind. What distribution reads is not touched: it looks for nothing directly below these prefixes. */
export async function checkWriting(driver: StorageDriver, runtime: Runtime, findings: Findings): Promise<void> {
  const { conditional, multipart } = driver;
  for (const prefix of ["docker/registry/v2/", "moorage/probe/"]) {
    const key = `${prefix}moorage-doctor-${runtime.randomUUID()}`;
    const create = conditional && { name: "create", attempt: () => conditional.create(`${key}-new`, Buffer.from("x")) };
    await tryAll(findings, prefix, [
      { name: "write", attempt: () => driver.put(key, Buffer.from("x")) },
      ...(create ? [create] : []),
      { name: "copy", attempt: () => driver.copy(key, `${key}-copy`) },
      {
        name: "write in parts, and give that up",
        attempt: async () => await multipart.abort(await multipart.create(`${key}-parts`)),
      },
      { name: "delete", attempt: () => driver.deleteMany([key, `${key}-new`, `${key}-copy`]) },
    ]);
  }
}

async function tryAll(findings: Findings, prefix: string, acts: readonly Act[]): Promise<void> {
  for (const { name, attempt } of acts) {
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const isDenied = isDriverError(error, "denied");
      const what = isDenied ? `these credentials may not ${name}` : `the store fails to ${name}`;
      const fix = isDenied
        ? "give them that right for the whole prefix; docs/deployment.md and the terraform modules list all of them"
        : "see the message; nothing of the registry works without that";
      findings.add({ severity: "broken", area: "surroundings", what, fix }, `${prefix} (${error.message})`);
    }
  }
}

async function unlessAbsent(look: Promise<unknown>): Promise<void> {
  await look.catch((error: unknown) => {
    if (!isDriverError(error, "not_found")) throw error;
  });
}
