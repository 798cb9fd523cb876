import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../../drivers/contract.ts";
import { bytesOf } from "../../../support/bytes.ts";
import { type Call, header } from "../../../support/s3-double/call.ts";
import { Failure } from "../../../support/s3-double/failure.ts";
import { AWS } from "../../../support/s3-double/profiles.ts";
import { BUCKET, s3Scene } from "../../../support/s3-scene.ts";

const MIB = 1024 ** 2;
const OBJECT_HEADERS = [
  "content-type",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-storage-class",
  "x-amz-acl",
];

test("every new object gets its type, encryption, class and ACL, however it comes to be", async (t) => {
  const { double, open } = await s3Scene(t);
  const parameters = { encrypt: true, keyid: "key-1", storageclass: "standard_ia", objectacl: "bucket-owner-read" };
  const driver = await open({ parameters, settings: { copy: { threshold: 0, partSize: 5 * MIB, concurrency: 3 } } });
  const seen = new Map<string, readonly unknown[]>();
  double.interfere = (call, proceed) => {
    if (isCreation(call))
      seen.set(
        `${call.method} ${call.path.split("/").pop()}`,
        OBJECT_HEADERS.map((h) => header(call, h)),
      );
    return proceed();
  };
  await driver.put("put", bytesOf(6 * MIB));
  await driver.put("small", bytesOf(10));
  await driver.copy("small", "copied");
  await driver.copy("put", "copied-in-parts");
  await driver.conditional?.create("created", bytesOf(10));
  const upload = await driver.multipart.create("uploaded");
  await driver.multipart.complete(upload, [await driver.multipart.putPart(upload, 1, bytesOf(10))]);

  const expected = ["application/octet-stream", "aws:kms", "key-1", "STANDARD_IA", "bucket-owner-read"];
  const names = ["PUT put", "PUT small", "PUT copied", "POST copied-in-parts", "PUT created", "POST uploaded"];
  assert.deepEqual([...seen.keys()], names);
  for (const [name, headers] of seen) assert.deepEqual(headers, expected, name);
});

function isCreation({ method, query }: Call): boolean {
  return (method === "PUT" && !query.has("uploadId")) || query.has("uploads");
}

test("plain objects are sent without headers that a likeness may not know", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  double.interfere = (call, proceed) => {
    const amazon = Object.keys(call.headers).filter((name) => /^x-amz-(?!user-agent)/.test(name));
    if (call.method === "PUT") assert.deepEqual(amazon.sort(), ["x-amz-content-sha256", "x-amz-date"]);
    return proceed();
  };
  await driver.put("object", [Buffer.from("in "), Buffer.from("pieces")]);
});

test("bodies are signed where somebody could change them", async (t) => {
  const { double, open, bucket } = await s3Scene(t);
  const hashes: (string | undefined)[] = [];
  double.interfere = (call, proceed) => {
    if (call.method === "PUT") hashes.push(header(call, "x-amz-content-sha256"));
    return proceed();
  };
  const trusted = await open();
  hashes.length = 0;
  await trusted.put("object", [Buffer.from("in "), Buffer.from("pieces")]);
  assert.deepEqual(hashes, ["UNSIGNED-PAYLOAD"]);

  const { allNamesAreHere } = await import("../../../support/names.ts");
  allNamesAreHere();
  const url = new URL(`http://store.example:${double.port}`);
  const distant = await open({ settings: { endpoint: { url, bucketIn: "path" } } });
  hashes.length = 0;
  await distant.put("signed", [Buffer.from("in "), Buffer.from("pieces")]);
  assert.match(hashes[0] ?? "", /^[0-9a-f]{64}$/);
  assert.equal(bucket.objects.get("some/root/signed")?.bytes.toString(), "in pieces");
});

test("what is refused for its signature is sent by the SDK, whole", async (t) => {
  const { double, open, bucket } = await s3Scene(t);
  const driver = await open();
  const agents: boolean[] = [];
  double.interfere = (call, proceed) => {
    agents.push(header(call, "x-amz-user-agent") !== undefined);
    if (agents.length === 1) throw new Failure(403, "SignatureDoesNotMatch");
    return proceed();
  };
  const bytes = bytesOf(300_000);
  await driver.put("object", [bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
  assert.deepEqual(agents.splice(0), [false, true]);
  assert.ok(bucket.objects.get("some/root/object")?.bytes.equals(bytes));

  double.interfere = undefined;
  const upload = await driver.multipart.create("in parts");
  double.interfere = (call, proceed) => {
    agents.push(header(call, "x-amz-user-agent") !== undefined);
    if (agents.length === 1) throw new Failure(403, "SignatureDoesNotMatch");
    return proceed();
  };
  await driver.multipart.complete(upload, [await driver.multipart.putPart(upload, 1, bytes)]);
  assert.deepEqual(agents.slice(0, 2), [false, true]);
  assert.ok(bucket.objects.get("some/root/in parts")?.bytes.equals(bytes));
});

test("large objects are copied in parts, together whole", async (t) => {
  const { double, open, bucket } = await s3Scene(t);
  const driver = await open({ settings: { copy: { threshold: 5 * MIB, partSize: 5 * MIB, concurrency: 2 } } });
  const bytes = bytesOf(12 * MIB + 7);
  await driver.put("source", bytes);
  let failures = 1;
  double.interfere = (call, proceed) => {
    if (call.query.get("partNumber") === "2" && failures-- > 0) throw new Failure(503, "SlowDown");
    return proceed();
  };
  const info = await driver.copy("source", "target");
  assert.equal(info.size, bytes.length);
  assert.ok(bucket.objects.get("some/root/target")?.bytes.equals(bytes));
  assert.match(bucket.objects.get("some/root/target")?.etag ?? "", /-3$/);
});

test("a copy in parts that fails leaves nothing", async (t) => {
  const { double, open, bucket } = await s3Scene(t);
  const driver = await open({ settings: { copy: { threshold: 5 * MIB, partSize: 5 * MIB, concurrency: 2 } } });
  await driver.put("source", bytesOf(12 * MIB));
  double.interfere = (call, proceed) => {
    if (call.query.get("partNumber") === "2") throw new Failure(403, "AccessDenied");
    return proceed();
  };
  await assert.rejects(driver.copy("source", "target"), { kind: "denied", operation: "copy" });
  double.interfere = (call, proceed) => {
    if (call.query.get("partNumber") === "2") bucket.put("some/root/source", Buffer.from("other"), "text/plain");
    return proceed();
  };
  await assert.rejects(driver.copy("source", "target"), { kind: "unavailable", operation: "copy" });
  assert.equal(bucket.uploads.size, 0);
  assert.equal(bucket.objects.has("some/root/target"), false);
});

test("an answer of 200 that holds an error is an error", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  await driver.put("source", Buffer.from("x"));
  double.interfere = (call, proceed) => {
    if (!header(call, "x-amz-copy-source")) return proceed();
    return { status: 200, body: new Failure(500, "InternalError").toXml() };
  };
  await assert.rejects(driver.copy("source", "target"), { kind: "unavailable" });
});

async function uploadOf(driver: StorageDriver) {
  const upload = await driver.multipart.create("object");
  return { upload, parts: [await driver.multipart.putPart(upload, 1, Buffer.from("part"))] };
}

const isCompletion = ({ method, query }: Call) => method === "POST" && query.has("uploadId");

test("a completion whose answer is lost has happened", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  const { upload, parts } = await uploadOf(driver);
  double.interfere = (call, proceed) => {
    const answer = proceed();
    if (isCompletion(call)) throw new Failure(500, "InternalError");
    return answer;
  };
  const info = await driver.multipart.complete(upload, parts);
  double.interfere = undefined;
  assert.equal((await driver.head("object")).size, info.size);
  assert.equal(info.size, 4);
});

test("a completion that fails is tried again, a few times", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  const { upload, parts } = await uploadOf(driver);
  let failures = 0;
  double.interfere = (call, proceed) => {
    if (isCompletion(call) && failures++ < 2) return { status: 200, body: new Failure(500, "InternalError").toXml() };
    return proceed();
  };
  assert.equal((await driver.multipart.complete(upload, parts)).size, 4);
  assert.equal(failures, 3);

  const again = await uploadOf(driver);
  double.interfere = (call, proceed) => {
    if (isCompletion(call)) throw new Failure(503, "SlowDown");
    return proceed();
  };
  await assert.rejects(driver.multipart.complete(again.upload, again.parts), { kind: "throttled" });
});

test("a part that another one replaced is missed, not mistaken", async (t) => {
  const { open } = await s3Scene(t);
  const driver = await open();
  const { upload, parts } = await uploadOf(driver);
  const other = await driver.multipart.putPart(upload, 1, Buffer.from("trap"));
  await assert.rejects(driver.multipart.complete(upload, parts), { kind: "not_found" });
  await assert.rejects(driver.head("object"), { kind: "not_found" });
  await driver.multipart.complete(upload, [other]);
  assert.equal((await (await driver.get("object")).bytes()).toString(), "trap");
});

test("an upload that is gone, beside an object of other parts, is not found", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  const { upload, parts } = await uploadOf(driver);
  const other = await uploadOf(driver);
  await driver.multipart.complete(other.upload, [await driver.multipart.putPart(other.upload, 1, Buffer.from("else"))]);
  await driver.multipart.abort(upload);
  double.interfere = (call, proceed) => {
    if (isCompletion(call)) throw new Failure(500, "InternalError");
    return proceed();
  };
  await assert.rejects(driver.multipart.complete(upload, parts), { kind: "not_found" });
});

const CREATIONS = [
  { title: "ignores conditions", profile: { ...AWS, conditions: [] }, interfere: undefined },
  {
    title: "knows no conditions",
    profile: AWS,
    interfere: (call: Call) => {
      if (header(call, "if-none-match")) throw new Failure(501, "NotImplemented");
    },
  },
];

for (const { title, profile, interfere } of CREATIONS) {
  test(`a store that ${title} has no create, and that is said once`, async (t) => {
    const { double, open, warnings, bucket } = await s3Scene(t, profile);
    double.interfere = (call, proceed) => {
      interfere?.(call);
      return proceed();
    };
    assert.equal((await open()).conditional, undefined);
    assert.equal(warnings.length, 1);
    assert.deepEqual([...bucket.objects.keys()], []);
  });
}

test("two creations in conflict are to be tried again", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  double.interfere = () => {
    throw new Failure(409, "ConditionalRequestConflict");
  };
  const creating = driver.conditional?.create("key", Buffer.from("x")) ?? assert.fail("it cannot create");
  await assert.rejects(creating, { kind: "unavailable", retryable: true });
});

test("deletion finds what the store takes, and keeps to it", async (t) => {
  const { double, open, bucket } = await s3Scene(t, { ...AWS, deleteProofs: ["md5"] });
  const driver = await open();
  const deletions = () => double.calls.filter((call) => call.startsWith(`POST /${BUCKET}`)).length;
  for (const [round, expected] of [2, 3].entries()) {
    const keys = ["a", "b/c", "quote'd & <odd>"].map((key) => `${round}/${key}`);
    for (const key of keys) await driver.put(key, Buffer.from("x"));
    await driver.deleteMany(keys);
    assert.deepEqual([...bucket.objects.keys()], []);
    assert.equal(deletions(), expected);
  }
});

test("deletion goes one by one where nothing else works", async (t) => {
  const { double, open, bucket } = await s3Scene(t, { ...AWS, deleteProofs: [] });
  const driver = await open();
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
  for (const key of keys) await driver.put(key, Buffer.from("x"));
  await driver.deleteMany(keys);
  assert.deepEqual([...bucket.objects.keys()], []);
  assert.equal(double.calls.filter((call) => call.startsWith("DELETE")).length, 40 + 1);
});

test("a deletion that fails for one object is a failure", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  double.interfere = () => {
    const error = "<Error><Key>some/root/b</Key><Code>AccessDenied</Code><Message>no</Message></Error>";
    return { status: 200, body: `<DeleteResult>${error}</DeleteResult>` };
  };
  await assert.rejects(driver.deleteMany(["a", "b"]), { kind: "denied", key: "b", operation: "deleteMany" });
});

test("an upload that is not there any more has been aborted, whatever a store calls it", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  const { upload } = await uploadOf(driver);
  for (const code of ["NoSuchUpload", "NoSuchKey"]) {
    double.interfere = () => {
      throw new Failure(404, code);
    };
    await driver.multipart.abort(upload);
  }
  double.interfere = () => {
    throw new Failure(404, "NoSuchBucket");
  };
  await assert.rejects(driver.multipart.abort(upload), { kind: "unexpected" });
});
