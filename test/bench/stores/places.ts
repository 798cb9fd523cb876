/** Where a registry keeps its things while it is measured: a directory, or a bucket. */
import { rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { DeleteObjectsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { run } from "../../e2e/support/programs.ts";
import { CEPH } from "../../stores/servers.ts";
import { adminClient, createBucket } from "../../support/s3.ts";
import { type StartedStore, type StoreServer, startStore } from "../../support/stores.ts";
import type { Row } from "../row.ts";
import { startProxy } from "./start-proxy.ts";

export const KEYS = { accesskey: "test", secretkey: "testsecret" };

export type Place = (
  | { readonly kind: "filesystem"; readonly directory: string }
  | { readonly kind: "s3"; readonly endpoint: string; readonly bucket: string }
) & {
  /** The store itself, for content that is too much to push. */
  openDriver(): Promise<StorageDriver>;
  /** Takes blobs away, so that the next round finds the room that this one had. */
  forget(digests: readonly string[]): Promise<void>;
  remove(): Promise<void>;
};

export interface Stores {
  create(row: Pick<Row, "store" | "direct">): Promise<Place>;
  /** While rounds run. */
  delay(milliseconds: number): void;
  /** Of S3 through the proxy, so far. */
  calls(): Promise<number>;
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server of S3 only if some row needs it. */
export async function openStores(rows: readonly Pick<Row, "store">[], server: StoreServer = CEPH): Promise<Stores> {
  if (!rows.some(({ store }) => store === "s3")) return { ...NO_PROXY, create: createDirectory, stop: async () => {} };
  const started = await startStore(server);
  const proxy = await startProxy(started.endpoint);
  return {
    create: async (row) =>
      row.store === "filesystem"
        ? await createDirectory()
        : await createBucketPlace(row.direct ? started.endpoint : proxy.url, started, server),
    delay: proxy.delay,
    calls: proxy.calls,
    quiet: proxy.quiet,
    async stop() {
      proxy.stop();
      await started.stop();
    },
  };
}

const NO_PROXY = { delay: () => {}, calls: async () => 0, quiet: async () => {} };

async function createDirectory(): Promise<Place> {
  const directory = temporaryDirectory();
  return {
    kind: "filesystem",
    directory,
    openDriver: () => openDriver("filesystem", { rootdirectory: directory }, { warn: () => {} }),
    // The directories stay: a registry may remember that they are there.
    forget: async (digests) =>
      void (await Promise.all(digests.map((digest) => unlink(join(directory, keyOf(digest)))))),
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function createBucketPlace(endpoint: string, started: StartedStore, server: StoreServer): Promise<Place> {
  const account = { endpoint: started.endpoint, ...KEYS };
  const bucket = await createBucket(account);
  const client = adminClient(account);

  async function deleteAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
  }

  // What is deleted takes memory until Ceph gets round to it, and it has not much of that here.
  async function collectGarbage(): Promise<void> {
    if (server !== CEPH) return;
    const env = { CEPH_CONF: join(started.directory, "ceph.conf") };
    await run("radosgw-admin", ["-n", "client.rgw", "gc", "process", "--include-all"], { env });
  }

  return {
    kind: "s3",
    endpoint,
    bucket,
    openDriver: () => openDriver("s3", { regionendpoint: started.endpoint, ...KEYS, bucket }, { warn: () => {} }),
    async forget(digests) {
      await deleteAll(digests.map(keyOf));
      await collectGarbage();
    },
    async remove() {
      for (;;) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
        if (Contents.length === 0) break;
        await deleteAll(Contents.map(({ Key = "" }) => Key));
      }
      await collectGarbage();
      client.destroy();
    },
  };
}

function keyOf(digest: string): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `docker/registry/v2/blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;
}
