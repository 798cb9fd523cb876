/** A Swift that is not well, or does not let us. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { closeAgents, createAgents } from "../../../drivers/agents.ts";
import type { MultipartUpload, StorageDriver } from "../../../drivers/contract.ts";
import type { DriverErrorKind } from "../../../drivers/errors.ts";
import { swiftError } from "../../../drivers/swift/errors.ts";
import { exchange } from "../../../drivers/swift/http.ts";
import { keysOf, read, rejectsWith } from "../../contract/driver/harness.ts";
import { bytesOf } from "../../support/bytes.ts";
import { FILES, openSwift, SEGMENTS } from "../../support/swift.ts";
import type { SwiftCredentials } from "../../support/swift-account.ts";
import { Failure } from "../../support/swift-double/failure.ts";
import { OWNER, READER, type SwiftDouble, startSwiftDouble } from "../../support/swift-double/server.ts";

interface Setting {
  readonly double: SwiftDouble;
  readonly driver: StorageDriver;
  readonly warnings: string[];
}

async function setUp(t: TestContext, more: Partial<SwiftCredentials> = {}): Promise<Setting> {
  const double = await start(t);
  const { driver, warnings } = await open(t, double, more);
  return { double, driver, warnings };
}

async function start(t: TestContext): Promise<SwiftDouble> {
  const double = await startSwiftDouble();
  t.after(() => double.close());
  return double;
}

async function open(t: TestContext, double: SwiftDouble, more: Partial<SwiftCredentials> = {}) {
  const warnings: string[] = [];
  const credentials = { authurl: double.authurl, username: OWNER.name, password: OWNER.password, ...more };
  const driver = await openSwift(credentials, "registry", { warn: (message) => warnings.push(message) });
  t.after(() => driver.close());
  return { driver, warnings };
}

const V3 = { tenant: "registry", domain: "Default" } as const;
const v3 = ({ endpoint }: SwiftDouble) => ({ ...V3, authurl: `${endpoint}/v3` });

test("a token that is refused in the middle is renewed once, and nobody notices", async (t) => {
  for (const version of ["v1", "v2", "v3"]) {
    const double = await start(t);
    const authurl = { v1: double.authurl, v2: `${double.endpoint}/v2.0`, v3: `${double.endpoint}/v3` }[version];
    const { driver } = await open(t, double, { ...V3, authurl: authurl ?? "" });
    for (let index = 0; index < 20; index++) await driver.put(`key-${index}`, Buffer.from("x"));
    const { logins } = double.tokens;
    double.tokens.revokeAll();
    await Promise.all(Array.from({ length: 20 }, (_, index) => read(driver, `key-${index}`)));
    assert.equal(double.tokens.logins, logins + 1, version);
  }
});

test("a deletion of many survives a token that is refused", async (t) => {
  const { double, driver } = await setUp(t);
  const keys = Array.from({ length: 600 }, (_, index) => `key-${index}`);
  for (const key of keys)
    double.containers.get("registry")?.put(FILES + key, { bytes: Buffer.alloc(1), contentType: "" });
  double.interfere = (call) => {
    if (call.query.has("bulk-delete")) {
      double.interfere = undefined;
      double.tokens.revokeAll();
    }
    return undefined;
  };
  await driver.deleteMany(keys);
  assert.equal(double.containers.get("registry")?.objects.size, 0);
});

test("what is there still has not been deleted, though Swift says that it is not there", async (t) => {
  const { double, driver } = await setUp(t);
  const keys = ["a", "b"];
  for (const key of keys) await driver.put(key, Buffer.from("x"));
  const container = double.containers.get("registry") ?? assert.fail();
  // As a proxy that has not heard of the container in time.
  double.interfere = ({ method, query }) => {
    double.containers.set("registry", container);
    if (method === "DELETE" || query.has("bulk-delete")) double.containers.delete("registry");
    return undefined;
  };
  await rejectsWith("unavailable", driver.delete("a"));
  await rejectsWith("unavailable", driver.deleteMany(keys));
  assert.equal(container.objects.size, 2);
  double.interfere = undefined;
  double.containers.set("registry", container);
  await driver.deleteMany([...keys, "nothing"]);
  assert.equal(container.objects.size, 0);
});

test("a container that Swift does not find is no empty one", async (t) => {
  const { double, driver } = await setUp(t);
  double.containers.delete("registry");
  await rejectsWith("unavailable", keysOf(driver, ""));
  const uploads = driver.multipart.listUploads?.("") ?? assert.fail();
  await rejectsWith("unavailable", Array.fromAsync(uploads));
});

test("wrong credentials are told apart from trouble, and never shown", async (t) => {
  const double = await start(t);
  for (const more of [{}, v3(double), { ...V3, authurl: `${double.endpoint}/v2.0` }]) {
    const opening = open(t, double, { ...more, password: "very-secret" });
    await assert.rejects(opening, (error: Error & { kind: DriverErrorKind }) => {
      assert.equal(error.kind, "denied");
      assert.match(error.message, /check username, password, domain and tenant/);
      assert.doesNotMatch(inspect(error, { depth: 20 }), /very-secret/);
      return true;
    });
  }
  await rejectsWith("unavailable", open(t, double, { authurl: "http://127.0.0.1:1/v3", ...V3 }));
  await assert.rejects(open(t, double, { authurl: `${double.endpoint}/v3/wrong` }), {
    kind: "unexpected",
    message: /check authurl/,
  });
  await assert.rejects(open(t, double, { ...v3(double), region: "Mars" }), {
    kind: "unexpected",
    message: /no object-store in region Mars, but in RegionOne: correct region/,
  });
  await assert.rejects(open(t, double, { ...v3(double), endpointtype: "admin" }), { message: /but public, internal/ });
  await assert.rejects(open(t, double, { ...v3(double), tenant: undefined }), { message: /set tenant/ });
});

test("credentials that are changed while it runs are denied, and not tried at each request", async (t) => {
  const { double, driver } = await setUp(t);
  await driver.put("key", Buffer.from("x"));
  double.tokens.revokeAll();
  double.interfere = ({ path }) => {
    if (path.startsWith("/auth")) throw new Failure(401);
    return undefined;
  };
  for (let round = 0; round < 5; round++) await rejectsWith("denied", driver.head("key"));
  assert.equal(double.calls.filter((call) => call === "GET /auth/v1.0").length, 2);
});

test("who may not use the container is told what to do", async (t) => {
  const double = await start(t);
  await assert.rejects(open(t, double, { username: READER.name, password: READER.password }), {
    kind: "denied",
    message: /may not read the container registry: give the user a role/,
  });
  double.interfere = ({ method, path }) => {
    if (path !== "/v1/AUTH_test/registry") return undefined;
    throw new Failure(method === "PUT" ? 403 : 404);
  };
  await assert.rejects(open(t, double), {
    kind: "denied",
    message: /there is no container registry, and these credentials may not create it/,
  });
});

test("the check finds out about the container and the permission to list it", async (t) => {
  const { double, driver } = await setUp(t);
  await driver.check();
  double.interfere = () => {
    throw new Failure(403);
  };
  await assert.rejects(driver.check(), { kind: "denied", message: /may not list the container registry/ });
  double.interfere = undefined;
  double.containers.delete("registry");
  await assert.rejects(driver.check(), { kind: "unexpected", message: /no container registry any more: create it/ });
  await rejectsWith("unavailable", driver.put("key", Buffer.from("x")));
});

test("only absence is absence", async (t) => {
  const { double, driver } = await setUp(t);
  await driver.put("key", Buffer.from("x"));
  const kinds: readonly (readonly [Failure, DriverErrorKind])[] = [
    [new Failure(404), "not_found"],
    [new Failure(404, "no such page", { foreign: true }), "unavailable"],
    [new Failure(403), "denied"],
    [new Failure(408), "unavailable"],
    [new Failure(409), "unavailable"],
    [new Failure(429), "throttled"],
    [new Failure(498), "throttled"],
    [new Failure(500), "unavailable"],
    [new Failure(502, "", { foreign: true }), "unavailable"],
    [new Failure(503), "unavailable"],
    [new Failure(507), "no_space"],
    [new Failure(301), "unexpected"],
    [new Failure(400), "unexpected"],
    [new Failure(0, "", { hangsUp: true }), "unavailable"],
  ];
  for (const [failure, kind] of kinds) {
    double.interfere = () => {
      throw failure;
    };
    await rejectsWith(kind, driver.head("key"));
    await rejectsWith(kind, driver.get("key"));
    await rejectsWith(kind, driver.copy("key", "target"));
    await rejectsWith(kind === "not_found" ? "unavailable" : kind, driver.put("key", Buffer.from("y")));
    await rejectsWith(kind === "not_found" ? "unavailable" : kind, driver.multipart.create("key"));
    if (kind !== "not_found") await rejectsWith(kind, driver.delete("key"));
  }
  double.interfere = undefined;
  assert.equal((await read(driver, "key")).toString(), "x");
});

test("a quota is told apart from an object that is too large", async (t) => {
  const { double, driver } = await setUp(t);
  double.interfere = () => {
    throw new Failure(413, "Upload exceeds quota.");
  };
  await rejectsWith("no_space", driver.put("key", Buffer.from("x")));
  double.interfere = () => {
    throw new Failure(413);
  };
  await rejectsWith("unexpected", driver.put("key", Buffer.from("x")));
});

test("a body that breaks off is never taken for whole", async (t) => {
  const { double, driver } = await setUp(t);
  await driver.put("key", bytesOf(300_000));
  double.interfere = () => "cut";
  await rejectsWith("unavailable", read(driver, "key"));
  await rejectsWith(
    "unavailable",
    driver.get("key", { range: { start: 5 } }).then((body) => body.bytes()),
  );
  await assert.rejects(async () => {
    for await (const chunk of (await driver.get("key")).stream()) assert.ok(chunk.length > 0);
  });
});

test("a connection that was closed while it was idle is replaced", async (t) => {
  const { double, driver } = await setUp(t);
  for (let round = 0; round < 20; round++) {
    await Promise.all([driver.put("a", Buffer.from("x")), driver.put("b", Buffer.from("x"))]);
    double.closeIdleConnections();
    if (round % 2) await setImmediate();
  }
});

test("a store that says nothing is given up", async (t) => {
  const { double } = await setUp(t);
  const agents = createAgents();
  t.after(() => closeAgents(agents));
  double.interfere = () => new Promise(() => {});
  const asked = exchange(agents, { method: "GET", url: double.endpoint, headers: {}, patience: 50 });
  await assert.rejects(asked, (error) => swiftError("get", undefined, error).kind === "unavailable");
});

test("what the store has received whole is waited for; what it only reads is not", async (t) => {
  const { double, driver } = await setUp(t);
  await driver.put("other", Buffer.from("x"));
  const received = Promise.withResolvers<void>();
  const released = Promise.withResolvers<undefined>();
  double.interfere = () => {
    received.resolve();
    return released.promise;
  };
  const controller = new AbortController();
  const putting = driver.put("key", Buffer.from("x"), { signal: controller.signal });
  await received.promise;
  controller.abort(new Error("enough"));
  await assert.rejects(driver.head("other", { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  released.resolve(undefined);
  await putting;
  double.interfere = undefined;
  assert.equal((await read(driver, "key")).toString(), "x");
});

test("an upload whose completion got no answer ends only when it is sure what became of it", async (t) => {
  const { double, driver } = await setUp(t);
  const { multipart } = driver;
  const manifest = ({ query }: { readonly query: ReadonlyMap<string, string> }) =>
    query.get("multipart-manifest") === "put";
  for (const interference of ["lost", new Failure(503), new Failure(0, "", { hangsUp: true })] as const) {
    const upload = await multipart.create("object");
    const part = await multipart.putPart(upload, 1, Buffer.from("x"));
    double.interfere = (call) => {
      if (!manifest(call)) return undefined;
      if (interference instanceof Failure) throw interference;
      return interference;
    };
    await rejectsWith("unavailable", multipart.complete(upload, [part]));
    double.interfere = undefined;
    if (interference === "lost") {
      await multipart.abort(upload);
      assert.equal((await read(driver, "object")).toString(), "x");
      await driver.delete("object");
    } else {
      await rejectsWith("unavailable", multipart.abort(upload));
      double.clock.advance(11 * 60_000);
      await multipart.abort(upload);
      await rejectsWith("not_found", driver.head("object"));
    }
    assert.equal(double.containers.get("registry")?.objects.size, 0);
  }
});

test("a completion that was refused may be corrected, and ended", async (t) => {
  const { double, driver } = await setUp(t);
  const { multipart } = driver;
  const upload = await multipart.create("object");
  const part = await multipart.putPart(upload, 1, Buffer.from("x"));
  double.interfere = ({ query }) => {
    if (query.get("multipart-manifest") === "put") throw new Failure(403);
    return undefined;
  };
  await rejectsWith("denied", multipart.complete(upload, [part]));
  double.interfere = undefined;
  await multipart.abort(upload);
  assert.deepEqual([...(double.containers.get("registry")?.objects.keys() ?? [])], []);
});

test("segments that cannot be deleted do not spoil what was done, and can be found", async (t) => {
  const { double, driver, warnings } = await setUp(t);
  const upload = await driver.multipart.create("object");
  const part = await driver.multipart.putPart(upload, 1, Buffer.from("x"));
  await driver.multipart.complete(upload, [part]);
  double.interfere = ({ query }) => {
    if (query.has("bulk-delete")) throw new Failure(503);
    return undefined;
  };
  await driver.put("object", Buffer.from("y"));
  assert.equal(warnings.length, 1);
  assert.equal((await read(driver, "object")).toString(), "y");
  double.interfere = undefined;
  const left: MultipartUpload[] = [];
  for await (const { key, id } of driver.multipart.listUploads?.("") ?? []) left.push({ key, id });
  assert.deepEqual(left, [upload]);
  await driver.multipart.abort(upload);
  assert.ok(![...(double.containers.get("registry")?.objects.keys() ?? [])].some((name) => name.startsWith(SEGMENTS)));
});

test("a store that cannot do everything is used for what it can", async (t) => {
  const double = await start(t);
  const { slo, bulk_delete: _bulk, tempurl, swift, ...rest } = double.info ?? {};
  const cases = [
    { info: { swift, slo, ...rest }, more: {}, signs: false },
    { info: undefined, more: {}, signs: false },
    { info: undefined, more: { tempurlmethods: ["GET"] }, signs: true },
    { info: { swift: { version: "2.2.0" }, slo, tempurl: {} }, more: {}, signs: true },
    { info: { swift, slo, tempurl: { methods: ["PUT"] } }, more: {}, signs: false },
    { info: { swift, slo, tempurl: { methods: ["GET"], allowed_digests: ["md5"] } }, more: {}, signs: false },
  ];
  for (const { info, more, signs } of cases) {
    double.info = info;
    const { driver } = await open(t, double, more);
    for (const key of ["a", "b", "c"]) await driver.put(key, Buffer.from("x"));
    await driver.deleteMany(["a", "b", "c"]);
    assert.equal(double.containers.get("registry")?.objects.size, 0);
    assert.equal(driver.presign !== undefined, signs, JSON.stringify(info));
  }
  assert.ok(!double.calls.includes("POST /v1/AUTH_test?bulk-delete"));
  double.info = { swift, tempurl };
  await assert.rejects(open(t, double), { message: /no static large objects/ });
});

test("replicas that start at the same moment sign with one key", async (t) => {
  const double = await start(t);
  const opened = await Promise.all(Array.from({ length: 5 }, () => open(t, double)));
  await opened[0]?.driver.put("key", Buffer.from("x"));
  for (const { driver } of opened) {
    const signed = await driver.presign?.presignGet("key", { expiresInSeconds: 60 });
    assert.ok(signed);
    assert.equal((await fetch(signed.url)).status, 200);
  }
});

test("a key that is configured, or there already, is the one that signs", async (t) => {
  const double = await start(t);
  const key = () => double.containers.get("registry")?.meta["x-container-meta-temp-url-key"];
  await open(t, double, { secretkey: "mine" });
  assert.equal(key(), "mine");
  const { driver } = await open(t, double);
  assert.equal(key(), "mine");
  await driver.put("key", Buffer.from("x"));
  const signed = await driver.presign?.presignGet("key", { expiresInSeconds: 60 });
  assert.equal((await fetch(signed?.url ?? "")).status, 200);
  await open(t, double, { secretkey: "another" });
  assert.equal(key(), "another");
});

test("clients are not sent where they would be refused", async (t) => {
  const double = await start(t);
  double.interfere = ({ query }) => {
    if (query.has("temp_url_sig")) throw new Failure(401);
    return undefined;
  };
  const refused = await open(t, double);
  assert.equal(refused.driver.presign, undefined);
  assert.match(refused.warnings.join(), /it answered 401 to a temporary URL/);
  double.interfere = ({ method, headers, path }) => {
    if (method === "POST" && headers["x-container-meta-temp-url-key"] && path === "/v1/AUTH_test/fresh")
      throw new Failure(403);
    return undefined;
  };
  const warnings: string[] = [];
  const credentials = { authurl: double.authurl, username: OWNER.name, password: OWNER.password };
  const driver = await openSwift(credentials, "fresh", { warn: (message) => warnings.push(message) });
  t.after(() => driver.close());
  assert.equal(driver.presign, undefined);
  assert.match(warnings.join(), /set a temporary URL key on the container/);
});

test("a write that a later one has overtaken is done", async (t) => {
  const { double, driver } = await setUp(t);
  const statuses: number[] = [];
  double.interfere = ({ method }) => {
    if (method !== "PUT") return;
    statuses.push(202);
    throw new Failure(202);
  };
  assert.deepEqual(await driver.put("key", Buffer.from("ours")), { size: 4 });
  // Not the look whether the key is new: nobody knows what the later one was.
  assert.deepEqual(statuses, [202, 202]);
});
