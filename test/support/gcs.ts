/** The GCS driver on something that speaks like Cloud Storage. */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { DriverContext, StorageDriver } from "../../drivers/contract.ts";
import { gcsParameters } from "../../drivers/gcs/config.ts";
import { type GcsOptions, openGcsDriver } from "../../drivers/gcs/driver.ts";
import type { Subject } from "../contract/driver/harness.ts";
import { type GcsDouble, startGcsDouble } from "./gcs-double/server.ts";

/** With which the uploads of tests are composed on several levels, and listings have pages. */
export const SMALL_LIMITS = { compose: 2, page: 100 };

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Of a service account that exists in tests only. */
export const CREDENTIALS = {
  type: "service_account",
  client_email: "tests@example.iam.gserviceaccount.com",
  private_key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

export function startDouble(): Promise<GcsDouble> {
  return startGcsDouble({ email: CREDENTIALS.client_email, key: keys.publicKey });
}

export interface GcsSetting extends GcsOptions {
  readonly bucket: string;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly warn?: DriverContext["warn"] | undefined;
}

export function openOnGcs(endpoint: string, setting: GcsSetting): Promise<StorageDriver> {
  const { bucket, warn = assert.fail, limits = SMALL_LIMITS } = setting;
  const given = { bucket, apiendpoint: endpoint, credentials: CREDENTIALS, ...setting.parameters };
  return openGcsDriver(gcsParameters.parse(given), { warn }, { limits });
}

/** A new one. */
export async function createBucket(endpoint: string): Promise<string> {
  const name = `bucket-${randomUUID()}`;
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name });
  const answer = await fetch(`${endpoint}/storage/v1/b?project=tests`, { method: "POST", headers, body });
  assert.equal(answer.status, 200, await answer.text());
  return name;
}

/** What the contract is run on. */
export async function gcsSubject(endpoint: string): Promise<Subject> {
  const bucket = await createBucket(endpoint);
  const open = () => openOnGcs(endpoint, { bucket, parameters: { rootdirectory: "/some/root" } });
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    manyKeys: 600,
    refuses: /\n/,
    async leftovers() {
      await removeOrphans(driver);
      return await keysIn(driver, "moorage/");
    },
    async close() {
      await Promise.all([driver.close(), second.close()]);
    },
  };
}

export async function keysIn(driver: StorageDriver, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list(prefix)) keys.push(key);
  return keys;
}

/** A part whose writer was interrupted may arrive when its upload is gone. It can be found, and removed. */
async function removeOrphans({ multipart, list }: StorageDriver): Promise<void> {
  for await (const upload of multipart.listUploads?.("") ?? []) {
    const marker = `moorage/parts/${upload.id}/upload/${upload.key}`;
    for await (const { key } of list(marker)) if (key === marker) return;
    await multipart.abort(upload);
  }
}
