import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { rejectsWith } from "../contract/driver/harness.ts";
import { driverContract } from "../contract/driver/suite.ts";
import { COPY_PART_SIZE, swiftLarge } from "../contract/driver/swift-large.ts";
import { swiftWire } from "../contract/driver/swift-wire.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { storeServer } from "../support/stores.ts";
import { openSwift, swiftSubject, unusedSegments } from "../support/swift.ts";
import { logIn } from "../support/swift-account.ts";
import { SWIFT_REGISTRY_DEVIATIONS } from "./deviations.ts";
import { realStore } from "./registry.ts";
import { SWIFT } from "./servers.ts";

const authurl = await storeServer(SWIFT);
if (authurl) {
  const credentials = { authurl, username: "test:tester", password: "testing" };
  const reader = { authurl, username: "test:reader", password: "reading" };

  const account = await logIn(credentials);
  driverContract("swift with TempAuth", async () => ({
    ...(await swiftSubject(credentials, { page: 100 })),
    manyKeys: 300,
  }));
  swiftLarge("swift with TempAuth", () => swiftSubject(credentials, { copyPartSize: COPY_PART_SIZE }));
  swiftWire("swift with TempAuth", async () => ({ credentials, close: async () => {} }));

  let container = "";
  const open = async () => {
    container = `case-${randomUUID()}`;
    return await openSwift(credentials, container);
  };
  const openUploads = () => unusedSegments(account, container);
  registryContract(
    "swift with TempAuth",
    realStore({ open, openUploads, partSize: 1024 ** 2, deviations: SWIFT_REGISTRY_DEVIATIONS }),
  );

  // Why the driver has no create-only writes. The store looks before the body comes, and not again.
  test("Swift tells two writers that they have created one object", async () => {
    const container = `race-${randomUUID()}`;
    await account.send("PUT", container);
    const token = (await fetch(authurl, { headers: { "x-auth-user": "test:tester", "x-auth-key": "testing" } }))
      .headers;
    const create = async () => {
      const headers = {
        "x-auth-token": token.get("x-auth-token") ?? "",
        "if-none-match": "*",
        "content-length": "1",
        expect: "100-continue",
      };
      const creating: ClientRequest = request(`${account.storageUrl}/${container}/object`, { method: "PUT", headers });
      creating.flushHeaders();
      await once(creating, "continue");
      return creating;
    };
    const both = await Promise.all([create(), create()]);
    const statuses = await Promise.all(
      both.map(async (creating) => {
        creating.end("x");
        const [answer] = (await once(creating, "response")) as [IncomingMessage];
        answer.resume();
        return answer.statusCode;
      }),
    );
    assert.deepEqual(statuses, [201, 201]);
  });

  test("a quota is said to be one", async () => {
    const subject = await swiftSubject(credentials);
    const headers = { "x-container-meta-quota-bytes": "10" };
    await subject.account.send("POST", subject.container, { headers });
    await rejectsWith("no_space", subject.driver.put("object", Buffer.alloc(11)));
    await subject.driver.put("object", Buffer.alloc(9));
    await subject.close();
  });

  test("a user without a role may do what the container allows", async () => {
    const subject = await swiftSubject(credentials);
    const { account, container, driver } = subject;
    await driver.put("object", Buffer.from("x"));
    await assert.rejects(openSwift(reader, container), { kind: "denied", message: /may not read the container/ });
    await assert.rejects(openSwift(reader, `none-${randomUUID()}`), { kind: "denied" });

    await account.send("POST", container, { headers: { "x-container-read": "test:reader" } });
    const warnings: string[] = [];
    const reading = await openSwift(reader, container, { warn: (message) => warnings.push(message) });
    assert.equal((await reading.head("object")).size, 1);
    await rejectsWith("denied", reading.put("object", Buffer.from("y")));
    await reading.check();
    assert.equal(reading.presign, undefined);
    assert.match(warnings.join(), /clients are not redirected/);
    await Promise.all([subject.close(), reading.close()]);
  });

  test("a wrong password is denied", async () => {
    await assert.rejects(openSwift({ ...credentials, password: "wrong" }, "any"), {
      kind: "denied",
      message: /check username, password/,
    });
  });
}
