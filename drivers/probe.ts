/** Whether a store keeps the promise of `create`: asked, not believed. */
import { randomUUID } from "node:crypto";
import type { ConditionalWrites, DriverContext, StorageDriver } from "./contract.ts";
import { isDriverError } from "./errors.ts";

/** Whoever closes the driver waits for it. */
const CLEANING_MILLISECONDS = 10_000;

export interface Trial {
  readonly keepsFirst: boolean;
  /** Resolves when nothing is left of the trial, or as little as could be done about it. A start need not wait for that. */
  readonly cleaned: Promise<void>;
}

/** Rejects when the store has trouble that may pass: then there is no answer. */
export async function tryCreations(
  create: ConditionalWrites["create"],
  remove: StorageDriver["delete"],
  warn: DriverContext["warn"],
): Promise<Trial> {
  const key = `moorage/probe/${randomUUID()}`;
  // Where that fails, some bytes are left under a prefix where nothing else is.
  const clean = () => remove(key, { signal: AbortSignal.timeout(CLEANING_MILLISECONDS) }).catch(() => {});
  const doubt = await doubtOf(create, key).catch(async (error: unknown) => {
    await clean();
    throw error;
  });
  const cleaned = clean();
  if (doubt) warn(`create-only writes are not used: ${doubt.what}`, { cause: doubt.cause });
  return { keepsFirst: doubt === undefined, cleaned };
}

/** With creations if the store keeps what is there. */
export function afterTrial(driver: StorageDriver, conditional: ConditionalWrites, trial: Trial): StorageDriver {
  const close = async () => {
    await trial.cleaned;
    await driver.close();
  };
  return { ...driver, close, ...(trial.keepsFirst && { conditional }) };
}

interface Doubt {
  readonly what: string;
  readonly cause?: unknown;
}

async function doubtOf(create: ConditionalWrites["create"], key: string): Promise<Doubt | undefined> {
  return (await refusal(create, key)) ?? (await overwriting(create, key));
}

async function refusal(create: ConditionalWrites["create"], key: string): Promise<Doubt | undefined> {
  try {
    await create(key, Buffer.from("first"));
    return undefined;
  } catch (cause) {
    if (isDriverError(cause) && cause.retryable) throw cause;
    return { what: `the store refused to create ${key}`, cause };
  }
}

async function overwriting(create: ConditionalWrites["create"], key: string): Promise<Doubt | undefined> {
  try {
    await create(key, Buffer.from("second"));
    return { what: "the store lets them overwrite" };
  } catch (cause) {
    if (isDriverError(cause, "already_exists")) return undefined;
    if (isDriverError(cause) && cause.retryable) throw cause;
    return { what: "the store does not say that an object exists", cause };
  }
}
