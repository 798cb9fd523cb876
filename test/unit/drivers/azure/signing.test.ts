import assert from "node:assert/strict";
import { test } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { createAgents } from "../../../../drivers/agents.ts";
import type { Account } from "../../../../drivers/azure/account.ts";
import type { Signer } from "../../../../drivers/azure/signer.ts";
import { findSigning } from "../../../../drivers/azure/signing.ts";

const service = new BlobServiceClient("https://account.blob.core.windows.net");
const place = { container: service.getContainerClient("container"), root: "" };
const credential = { getToken: async () => ({ token: "token", expiresOnTimestamp: Date.now() + 3_600_000 }) };

const account = (signer: Signer, withCredential = true): Account => ({
  service,
  signer,
  agents: createAgents(),
  credential: withCredential ? credential : undefined,
});
const failing = (statusCode: number, code: string): Signer => ({
  sign: () => Promise.reject(Object.assign(new Error("no"), { statusCode, code })),
});
const blob = place.container.getBlobClient("blob");

test("a key signs, and is not asked whether it can", async () => {
  const signer = failing(500, "InternalError");
  const { presign } = await findSigning(account(signer, false), place, assert.fail);
  assert.ok(presign);
});

test("an identity that may sign does so, also for copies", async () => {
  const { presign, sourceOf } = await findSigning(account({ sign: async () => "sig=1" }), place, assert.fail);
  assert.ok(presign);
  assert.deepEqual(await sourceOf(blob), { url: `${blob.url}?sig=1`, options: {} });
});

test("one that may not is told of its role, and shows its token for copies", async () => {
  const warnings: string[] = [];
  const denied = failing(403, "AuthorizationPermissionMismatch");
  const { presign, sourceOf } = await findSigning(account(denied), place, (message) => warnings.push(message));
  assert.equal(presign, undefined);
  assert.match(warnings.join(), /Storage Blob Delegator/);
  assert.deepEqual(await sourceOf(blob), {
    url: blob.url,
    options: { sourceAuthorization: { scheme: "Bearer", value: "token" } },
  });
});

test("trouble that may pass decides nothing", async () => {
  await assert.rejects(findSigning(account(failing(503, "ServerBusy")), place, assert.fail), { kind: "throttled" });
});

test("a signed URL tells until when it is good", async () => {
  const { presign } = await findSigning(account({ sign: async () => "sig=1" }, false), place, assert.fail);
  const year = 365 * 24 * 3600;
  const { url, expiresAt } = (await presign?.presignGet("blob", { expiresInSeconds: year })) ?? assert.fail();
  assert.equal(url.href, `${blob.url}?sig=1`);
  assert.ok(expiresAt.getTime() <= Date.now() + 24 * 3_600_000, "a day at most");
});
