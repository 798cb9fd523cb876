/** What the start says of buckets and policies that are not enough: on Ceph RGW, which means policies and versions seriously. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { PutBucketPolicyCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { openDriver } from "../../drivers/open.ts";
import { systemRuntime } from "../../src/runtime.ts";
import { probeStore } from "../../src/store-probe.ts";
import { adminClient, createBucket, type S3Account } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH } from "./servers.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: unknown;
}

/** The one that drivers/s3/README.md tells operators to use. */
function documentedStatements(): readonly Statement[] {
  const readme = readFileSync(new URL("../../drivers/s3/README.md", import.meta.url), "utf8");
  const [, policy = ""] = /## Permissions\s+```json\n([\s\S]*?)```/.exec(readme) ?? [];
  return (JSON.parse(policy) as { Statement: readonly Statement[] }).Statement;
}

type Change = (statements: readonly Statement[]) => readonly Statement[];

const without =
  (action: string): Change =>
  (statements) =>
    statements.map((statement) => ({ ...statement, Action: statement.Action.filter((allowed) => allowed !== action) }));

/** Who has written an object may read it, whatever Ceph is not told. */
const denying =
  (action: string): Change =>
  (statements) => [
    ...statements,
    ...statements
      .filter(({ Action }) => Action.includes(action))
      .map((it) => ({ ...it, Effect: "Deny", Action: [action] })),
  ];

const objectsBelow =
  (prefix: string): Change =>
  (statements) =>
    statements.map((it) => ({ ...it, Resource: it.Resource.replace("/*", `/${prefix}*`) }));

const listsBelow =
  (prefix: string): Change =>
  (statements) =>
    statements.map((it) => ({
      ...it,
      ...(it.Action.includes("s3:ListBucket") && { Condition: { StringLike: { "s3:prefix": `${prefix}*` } } }),
    }));

/** As `limited`, who may do no more than that. Gives what was warned about. */
async function start(t: TestContext, endpoint: string, change: Change = (statements) => statements) {
  const owner: S3Account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  const bucket = await createBucket(owner);
  const client = adminClient(owner);
  t.after(() => client.destroy());
  const statements = change(documentedStatements()).map((statement) => ({
    Principal: { AWS: ["arn:aws:iam:::user/limited"] },
    ...statement,
    Resource: statement.Resource.replace("registry-data", bucket),
  }));
  const Statement = statements.filter(({ Action }) => Action.length > 0);
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  return await openAndProbe(t, { endpoint, accesskey: "limited", secretkey: "limitedsecret" }, bucket);
}

async function openAndProbe(t: TestContext, account: S3Account, bucket: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const { endpoint: regionendpoint, accesskey, secretkey } = account;
  const parameters = { regionendpoint, accesskey, secretkey, bucket };
  const driver = await openDriver("s3", parameters, { warn: (message) => void warnings.push(message) });
  t.after(() => driver.close());
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const began = performance.now();
  await probeStore({ driver, log, runtime: systemRuntime });
  t.diagnostic(`probed in ${Math.round(performance.now() - began)} ms`);
  return warnings;
}

const endpoint = await storeServer(CEPH);
if (endpoint) {
  test("the documented policy is enough", async (t) => {
    assert.deepEqual(await start(t, endpoint), []);
  });

  for (const [title, change, ...says] of [
    [
      "for distribution's tree",
      objectsBelow("docker/registry/"),
      /nothing can be pushed: put moorage\/probe\/.*s3:PutObject.*made for distribution may cover docker\/registry\/ only/,
    ],
    [
      "without s3:PutObject",
      without("s3:PutObject"),
      /nothing can be pushed: .*s3:PutObject/,
      /no long blob can be pushed: .*s3:PutObject/,
    ],
    ["without s3:DeleteObject", without("s3:DeleteObject"), /nothing can be deleted.*: .*s3:DeleteObject/],
    [
      "without s3:AbortMultipartUpload",
      without("s3:AbortMultipartUpload"),
      /uploads that break off.*: .*s3:AbortMultipartUpload/,
    ],
    [
      "without s3:ListBucketMultipartUploads",
      without("s3:ListBucketMultipartUploads"),
      /not found: .*s3:ListBucketMultipartUploads/,
    ],
  ] as const) {
    test(`${title} it starts, and says what will fail`, async (t) => {
      const warnings = (await start(t, endpoint, change)).join("\n");
      for (const words of says) assert.match(warnings, words);
    });
  }

  for (const [title, change, says] of [
    ["without s3:ListBucket", without("s3:ListBucket"), /may not list the bucket: .*s3:ListBucket for arn/],
    [
      "with s3:ListBucket for distribution's tree",
      listsBelow("docker/registry/"),
      /below moorage\/: .*s3:ListBucket.* without a condition/,
    ],
    ["without s3:GetObject", denying("s3:GetObject"), /must allow s3:GetObject/],
  ] as const) {
    test(`${title}, it does not start, and says why`, async (t) => {
      await assert.rejects(start(t, endpoint, change), { kind: "denied", message: says });
    });
  }

  test("a bucket that keeps versions", async (t) => {
    const owner = { endpoint, accesskey: "test", secretkey: "testsecret" };
    const bucket = await createBucket(owner);
    assert.deepEqual(await openAndProbe(t, owner, bucket), []);
    const client = adminClient(owner);
    t.after(() => client.destroy());
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const [overwrites, keeps = "", ...others] = (await openAndProbe(t, owner, bucket)).toSorted();
    // Ceph heeds the condition only where it keeps none.
    assert.equal(overwrites, "create-only writes are not used: the store lets them overwrite");
    assert.match(keeps, /keeps versions.*NoncurrentVersionExpiration/);
    assert.deepEqual(others, []);
  });
}
