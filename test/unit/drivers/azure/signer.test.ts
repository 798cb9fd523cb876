import assert from "node:assert/strict";
import { test } from "node:test";
import type { BlobServiceClient } from "@azure/storage-blob";
import { delegationSigner } from "../../../../drivers/azure/signer.ts";

const HOUR = 3_600_000;

function world() {
  let now = Date.now();
  let asked = 0;
  let fails = false;
  const service = {
    url: "https://account.blob.core.windows.net",
    accountName: "account",
    async getUserDelegationKey(signedStartsOn: Date, signedExpiresOn: Date) {
      asked += 1;
      if (fails) throw new Error("no");
      return {
        signedObjectId: `key ${asked}`,
        signedTenantId: "tenant",
        signedStartsOn,
        signedExpiresOn,
        signedService: "b",
        signedVersion: "2026-10-06",
        value: Buffer.from("secret").toString("base64"),
      };
    },
  } as unknown as BlobServiceClient;
  const signer = delegationSigner({ service, containerName: "container" }, () => now);
  return {
    sign: async (milliseconds: number) =>
      new URLSearchParams(await signer.sign({ blobName: "blob", expiresOn: new Date(now + milliseconds) })),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    fail: (value: boolean) => {
      fails = value;
    },
    asked: () => asked,
  };
}

test("a delegated key is asked for once, also by many", async () => {
  const { sign, asked } = world();
  await Promise.all([sign(HOUR), sign(HOUR), sign(2 * HOUR)]);
  await sign(HOUR);
  assert.equal(asked(), 1);
});

test("a delegated key outlives what it signs", async () => {
  const { sign, pass, asked } = world();
  for (let hours = 0; hours < 200; hours++) {
    const query = await sign(20 * 60_000);
    const [expires, keyExpires] = ["se", "ske"].map((name) => new Date(query.get(name) ?? "").getTime());
    assert.ok(expires && keyExpires && expires < keyExpires);
    pass(HOUR);
  }
  assert.ok(asked() > 3 && asked() < 8, `${asked()}`);
});

test("a key that could not be had is asked for again", async () => {
  const { sign, fail } = world();
  fail(true);
  await assert.rejects(sign(HOUR), { message: "no" });
  fail(false);
  assert.equal((await sign(HOUR)).get("skoid"), "key 2");
});

test("signatures are for https, reading, and one blob", async () => {
  const query = await world().sign(HOUR);
  assert.deepEqual([query.get("spr"), query.get("sp"), query.get("sr")], ["https", "r", "b"]);
});
