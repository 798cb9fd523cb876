/** Whether the bucket can be worked with. An operator reads what this rejects with, so it says what to do. */
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { DriverError } from "../errors.ts";
import { failureOf, s3Error } from "./errors.ts";
import { callOptions, place, type Store } from "./store.ts";

/** Nothing is ever stored there. */
const ABSENT: readonly string[] = ["moorage/absent", "docker/registry/v2/absent"];

export type Check = (signal: AbortSignal | undefined) => Promise<void>;

/** Thorough until it has succeeded once: permissions that were there do not get lost every few seconds. */
export function createCheck(store: Store): Check {
  let passed = false;
  return async (signal) => {
    if (passed) return await lookForAbsent(store, "moorage/absent", signal);
    await Promise.all([canList(store, signal), ...ABSENT.map((key) => lookForAbsent(store, key, signal))]);
    passed = true;
  };
}

/**
 * One call that proves much: the store answers, knows the credentials and the bucket, and says "not there" of what is not
 * there. AWS says "denied" instead to those who may not list, and then nothing could ever be found absent. Not a HEAD,
 * which cannot tell an absent object from an absent bucket.
 */
async function lookForAbsent(store: Store, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const { Body } = await store.client.sdk.send(new GetObjectCommand(place(store, key, "check")), callOptions(signal));
    await Body?.transformToByteArray();
  } catch (error) {
    const { code } = failureOf(error);
    if (code === "NoSuchKey") return;
    if (code === "AccessDenied") throw denied(store, `s3:GetObject for ${store.settings.root}${key}`, error);
    throw s3Error("check", undefined, error);
  }
}

async function canList(store: Store, signal: AbortSignal | undefined): Promise<void> {
  const { client, settings } = store;
  const command = new ListObjectsV2Command({ Bucket: client.bucket, Prefix: `${settings.root}moorage/`, MaxKeys: 1 });
  try {
    await client.sdk.send(command, callOptions(signal));
  } catch (error) {
    if (failureOf(error).code === "AccessDenied") throw denied(store, "", error);
    throw s3Error("check", undefined, error);
  }
}

function denied({ settings }: Store, objects: string, error: unknown): DriverError {
  const list = `s3:ListBucket for the bucket ${settings.bucket}`;
  const needed = objects === "" ? list : `${objects}, and ${list} without a condition on the prefix`;
  const message = `these credentials are not allowed enough: they need ${needed}`;
  return new DriverError("denied", "check", { message, cause: s3Error("check", undefined, error) });
}
