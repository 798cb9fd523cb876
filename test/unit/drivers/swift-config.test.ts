import assert from "node:assert/strict";
import { test } from "node:test";
import { authVersionOf, swiftParameters } from "../../../drivers/swift/config.ts";

const GIVEN = { username: "u", password: "p", authurl: "https://keystone:5000/v3", container: "c" };

function mistakesIn(more: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = swiftParameters.safeParse({ ...GIVEN, ...more });
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

test("what distribution takes is taken, as text or typed", () => {
  const typed = {
    ...GIVEN,
    tenant: 12345,
    tenantid: 67890,
    domain: "Default",
    domainid: "d",
    tenantdomain: "td",
    tenantdomainid: "tdi",
    trustid: "t",
    region: "fr",
    authversion: 3,
    prefix: "/root/",
    endpointtype: "internal",
    insecureskipverify: true,
    chunksize: 20_971_520,
    secretkey: "s",
    accesskey: "a",
    tempurlcontainerkey: true,
    tempurlmethods: ["GET", "HEAD"],
  };
  const text = {
    ...typed,
    tenant: "12345",
    tenantid: "67890",
    authversion: "3",
    insecureskipverify: "true",
    chunksize: "20971520",
    tempurlcontainerkey: "true",
    tempurlmethods: "GET, HEAD",
  };
  assert.deepEqual(swiftParameters.parse(typed), swiftParameters.parse(text));
  const parsed = swiftParameters.parse(typed);
  assert.equal(parsed.tenant, "12345");
  assert.deepEqual(swiftParameters.parse(parsed), parsed);
});

test("four parameters are enough", () => {
  const { endpointtype, insecureskipverify, chunksize, region } = swiftParameters.parse(GIVEN);
  assert.deepEqual([endpointtype, insecureskipverify, chunksize, region], ["public", false, undefined, undefined]);
});

test("the version is in the URL, unless it is told", () => {
  const versions = [
    ["https://keystone:5000/v3", undefined, 3],
    ["https://keystone:5000/v2.0", undefined, 2],
    ["https://swift/auth/v1.0", undefined, 1],
    ["https://keystone:5000/identity", 3, 3],
    ["https://keystone:5000/v3", 2, 2],
    ["https://keystone:5000/v3", 0, 3],
  ] as const;
  for (const [authurl, authversion, expected] of versions) {
    assert.equal(authVersionOf(swiftParameters.parse({ ...GIVEN, authurl, authversion })), expected);
  }
});

test("mistakes say what to do", () => {
  const mistakes = [
    [{ username: "" }, "username: write the name of a user"],
    [{ password: undefined }, "password: write the user's password"],
    [{ container: "a/b" }, "container: write a name without a slash"],
    [{ authurl: "keystone/v3" }, "authurl: write a URL that begins with https:// or http://"],
    [{ authurl: "https://identity" }, "authversion: write 1, 2 or 3: authurl does not tell the version"],
    [{ authversion: 4 }, "authversion: write 1, 2 or 3, or leave it out if authurl tells"],
    [{ chunksize: 1000 }, "chunksize: write a number of bytes, at least 1048576"],
    [{ endpointtype: "secret" }, "endpointtype: write public, internal or admin"],
    [{ insecureskipverify: "perhaps" }, "insecureskipverify: write true or false"],
    [
      { applicationcredentialid: "i" },
      "applicationcredentialsecret: write both applicationcredentialid and applicationcredentialsecret, or neither",
    ],
  ] as const;
  for (const [more, mistake] of mistakes) assert.ok(mistakesIn(more).includes(mistake), mistakesIn(more).join("\n"));
  assert.match(mistakesIn({ tennant: "x" })[0] ?? "", /remove or correct tennant \(known here: .*tenant/);
});

test("an application credential is enough", () => {
  const { username, password, ...rest } = GIVEN;
  const credential = { applicationcredentialid: "i", applicationcredentialsecret: "s" };
  assert.ok(swiftParameters.safeParse({ ...rest, ...credential }).success);
  assert.ok(!swiftParameters.safeParse({ ...rest, ...credential, authurl: "https://keystone/v2.0" }).success);
});
