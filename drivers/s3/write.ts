import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectBytes, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { failureOf, s3Error } from "./errors.ts";
import { Payload } from "./payload.ts";
import { callOptions, newObject, newObjectHeaders, place, type Store } from "./store.ts";

export async function putObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  return await send(store, key, body, { operation: "put", signal });
}

export async function createObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const operation = "conditional.create";
  try {
    return await send(store, key, body, { operation, signal, onlyNew: true });
  } catch (error) {
    if (failureOf(error).status !== 412) throw error;
    throw new DriverError("already_exists", operation, { key, cause: s3Error(operation, key, error) });
  }
}

interface Sending {
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  readonly onlyNew?: boolean;
}

async function send(store: Store, key: string, body: ObjectBytes, { operation, signal, onlyNew }: Sending) {
  const payload = new Payload(body);
  const where = place(store, key, operation);
  const headers = { ...newObjectHeaders(store), ...(onlyNew && { "if-none-match": "*" }) };
  const answer = await store.direct({ method: "PUT", key: where.Key, headers, body: payload, signal });
  if (answer) answer.resume();
  else {
    const more = { ...newObject(store), ...(onlyNew && { IfNoneMatch: "*" }) };
    const command = new PutObjectCommand({ ...where, ...more, Body: payload, ContentLength: payload.size });
    await store.client.sdk.send(command, callOptions(signal));
  }
  return { size: payload.size };
}
