import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { rejectsWith } from "../contract/driver/harness.ts";
import { driverContract } from "../contract/driver/suite.ts";
import { COPY_PART_SIZE, swiftLarge } from "../contract/driver/swift-large.ts";
import { swiftWire } from "../contract/driver/swift-wire.ts";
import { storeServer } from "../support/stores.ts";
import { openSwift, swiftSubject } from "../support/swift.ts";
import { KEYSTONE } from "./servers.ts";

const authurl = await storeServer(KEYSTONE);
if (authurl) {
  const user = { authurl, username: "registry", password: "registrysecret", domain: "Default" };
  const credentials = { ...user, tenant: "registry" };

  driverContract("swift with Keystone", async () => ({
    ...(await swiftSubject(credentials, { page: 100 })),
    manyKeys: 300,
  }));
  swiftLarge("swift with Keystone", () => swiftSubject(credentials, { copyPartSize: COPY_PART_SIZE }));
  swiftWire("swift with Keystone", async () => ({ credentials, close: async () => {} }));

  test("mistakes in the credentials say what to do", async () => {
    const open = (more: object) => openSwift({ ...credentials, ...more }, "any");
    await assert.rejects(open({ password: "wrong" }), { kind: "denied", message: /check username, password/ });
    await assert.rejects(open({ tenant: "wrong" }), { kind: "denied", message: /tenant/ });
    await assert.rejects(open({ domain: "wrong" }), { kind: "denied", message: /domain/ });
    await assert.rejects(open({ tenant: undefined }), { kind: "unexpected", message: /set tenant/ });
    await assert.rejects(open({ region: "Mars" }), { kind: "unexpected", message: /but in RegionOne/ });
    await assert.rejects(open({ authurl: authurl.replace("/v3", "/v2.0") }), {
      kind: "unexpected",
      message: /authurl/,
    });
  });

  test("projects and domains may be told by their ids, and tokens be those of an application credential", async () => {
    const { token, projectId, userId } = await scopedToken(credentials);
    const container = `ids-${randomUUID()}`;
    const byId = await openSwift({ ...user, domain: undefined, domainid: "default", tenantid: projectId }, container);
    await byId.put("object", Buffer.from("x"));

    const answer = await fetch(`${authurl}/users/${userId}/application_credentials`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-auth-token": token },
      body: JSON.stringify({ application_credential: { name: container } }),
    });
    const { application_credential: created } = (await answer.json()) as {
      application_credential: { id: string; secret: string };
    };
    const credential = { applicationcredentialid: created.id, applicationcredentialsecret: created.secret };
    const byCredential = await openSwift({ authurl, ...credential }, container);
    assert.equal((await byCredential.head("object")).size, 1);
    await rejectsWith("denied", openSwift({ authurl, ...credential, applicationcredentialsecret: "wrong" }, container));
    await Promise.all([byId.close(), byCredential.close()]);
  });
}

interface Login {
  readonly authurl: string;
  readonly username: string;
  readonly password: string;
}

async function scopedToken({ authurl, username: name, password }: Login) {
  const domain = { id: "default" };
  const identity = { methods: ["password"], password: { user: { name, password, domain } } };
  const answer = await fetch(`${authurl}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: "registry", domain } } } }),
  });
  const { token } = (await answer.json()) as { token: { project: { id: string }; user: { id: string } } };
  return {
    token: answer.headers.get("x-subject-token") ?? "",
    projectId: token.project.id,
    userId: token.user.id,
  };
}
