import { assertKey } from "../keys.ts";
import type { Client } from "./client.ts";
import type { Direct } from "./direct.ts";
import type { S3Settings } from "./settings.ts";

/** What the operations share. */
export interface Store {
  readonly client: Client;
  readonly direct: Direct;
  readonly settings: S3Settings;
  /** What the store has shown of itself when it was asked first. */
  readonly seen: { isCeph: boolean };
  /** A deletion has only hidden an object: the bucket keeps versions. */
  onHidden(): void;
}

/** Where an object lies, as commands take it. */
export function place({ client, settings }: Store, key: string, operation: string) {
  assertKey(key, operation);
  return { Bucket: client.bucket, Key: settings.root + key };
}

/** What each new object is given, whether it is put, copied, or made of parts. */
export function newObject({ settings: { objects } }: Store) {
  return {
    ContentType: "application/octet-stream",
    ...(objects.encryption && { ServerSideEncryption: objects.encryption }),
    ...(objects.encryptionKeyId && { SSEKMSKeyId: objects.encryptionKeyId }),
    ...(objects.storageClass && { StorageClass: objects.storageClass as "STANDARD" }),
    ...(objects.acl && { ACL: objects.acl as "private" }),
  };
}

/** The same, for requests without the SDK. */
export function newObjectHeaders({ settings: { objects } }: Store): Record<string, string> {
  return {
    "content-type": "application/octet-stream",
    ...(objects.encryption && { "x-amz-server-side-encryption": objects.encryption }),
    ...(objects.encryptionKeyId && { "x-amz-server-side-encryption-aws-kms-key-id": objects.encryptionKeyId }),
    ...(objects.storageClass && { "x-amz-storage-class": objects.storageClass }),
    ...(objects.acl && { "x-amz-acl": objects.acl }),
  };
}

export function callOptions(signal: AbortSignal | undefined) {
  return signal ? { abortSignal: signal } : {};
}
