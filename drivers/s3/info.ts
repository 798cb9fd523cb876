import type { IncomingMessage } from "node:http";
import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { failureOf, s3Error } from "./errors.ts";
import { callOptions, place, type Store } from "./store.ts";

interface Told {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

export async function headObject(store: Store, key: string, signal: AbortSignal | undefined): Promise<ObjectInfo> {
  const answer = await unlessAbsent("head", key, () =>
    store.direct({ method: "HEAD", key: place(store, key, "head").Key, signal }),
  );
  answer?.resume();
  const told = answer ? toldBy(answer) : await askHead(store, key, "head", signal);
  return infoOf("head", key, told.ContentLength, told);
}

/** Headers as the SDK names them. */
export function toldBy({ headers }: IncomingMessage) {
  const { etag, "last-modified": modified, "content-length": length, "content-range": range } = headers;
  return {
    ETag: etag,
    LastModified: dateOf(modified),
    ContentLength: length === undefined ? undefined : Number(length),
    ContentRange: range,
  };
}

/** `undefined`: this is none. */
export function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export async function askHead(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  const command = new HeadObjectCommand(place(store, key, operation));
  return await unlessAbsent(operation, key, () => store.client.sdk.send(command, callOptions(signal)));
}

/** HEAD is the one call in which a bare 404 is an absent object: its answer has no body to say so. */
async function unlessAbsent<T>(operation: string, key: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (failureOf(error).status !== 404) throw error;
    throw new DriverError("not_found", operation, { key, cause: s3Error(operation, key, error) });
  }
}

/** From the headers of an answer. Every store sends all three; one that does not is none that can be relied on. */
export function infoOf(operation: string, key: string, size: number | undefined, told: Told): ObjectInfo {
  const { LastModified } = told;
  if (size === undefined || LastModified === undefined) {
    const message = "the store did not tell the size and the date of the object";
    throw new DriverError("unexpected", operation, { key, message });
  }
  const lastModified = inWholeSeconds(LastModified);
  return { size, lastModified, version: `${etagOf(told.ETag)}.${lastModified.getTime() / 1000}` };
}

/** Opaque, though it looks like an MD5. Some stores write the same one now in capitals and now not. */
export function etagOf(etag: string | undefined): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "").toLowerCase();
}

/** Headers tell whole seconds. Listings of some stores are more precise, and would seem to be of another object. */
export function inWholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
