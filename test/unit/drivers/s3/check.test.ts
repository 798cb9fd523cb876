/** An operator's mistakes, and what the driver says about them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { isDriverError } from "../../../../drivers/errors.ts";
import { freePort } from "../../../e2e/support/servers.ts";
import type { Call } from "../../../support/s3-double/call.ts";
import { Failure } from "../../../support/s3-double/failure.ts";
import { s3Scene } from "../../../support/s3-scene.ts";

async function failureOf(opening: Promise<unknown>) {
  const error = await opening.then(
    () => assert.fail("it opened"),
    (error: unknown) => error,
  );
  assert.ok(isDriverError(error), inspect(error));
  assert.equal(error.operation, "check");
  return error;
}

const MISTAKES = [
  { parameters: { bucket: "no-such-bucket" }, kind: "unexpected", says: /NoSuchBucket.*create the bucket/ },
  { parameters: { accesskey: "stranger" }, kind: "denied", says: /InvalidAccessKeyId.*does not know this access key/ },
  {
    parameters: { secretkey: "guess" },
    kind: "denied",
    says: /SignatureDoesNotMatch.*does not belong to the access key/,
  },
] as const;

for (const { parameters, kind, says } of MISTAKES) {
  test(`a wrong ${Object.keys(parameters)} is told at the start, and nothing that follows from it`, async (t) => {
    const { open, warnings } = await s3Scene(t);
    const error = await failureOf(open({ parameters }));
    assert.equal(error.kind, kind);
    assert.match(error.message, says);
    assert.deepEqual(warnings, []);
  });
}

const ANSWERS = [
  { answer: [403, "RequestTimeTooSkewed"], kind: "denied", says: /clock is wrong/ },
  { answer: [400, "ExpiredToken"], kind: "denied", says: /session token has expired/ },
  { answer: [301, "PermanentRedirect"], kind: "unexpected", says: /correct region/ },
  { answer: [400, "AuthorizationHeaderMalformed"], kind: "denied", says: /correct region/ },
  { answer: [503, "SlowDown"], kind: "throttled", says: /SlowDown/ },
  { answer: [500, "InternalError"], kind: "unavailable", says: /InternalError/ },
] as const;

for (const {
  answer: [status, code],
  kind,
  says,
} of ANSWERS) {
  test(`${code} is told at the start`, async (t) => {
    const { double, open } = await s3Scene(t);
    double.interfere = () => {
      throw new Failure(status, code);
    };
    const error = await failureOf(open());
    assert.equal(error.kind, kind);
    assert.match(error.message, says);
  });
}

test("a store that is busy for a moment is asked again", async (t) => {
  const { double, open } = await s3Scene(t);
  const refused = new Set<string>();
  double.interfere = ({ method, path, query }, proceed) => {
    const call = `${method} ${path} ${query.get("prefix")}`;
    if (refused.size < 3 && !refused.has(call)) {
      refused.add(call);
      throw new Failure(503, "ServiceUnavailable");
    }
    return proceed();
  };
  await open();
  assert.equal(refused.size, 3);
});

test("nobody at the endpoint is trouble that may pass", async (t) => {
  const { open } = await s3Scene(t);
  const error = await failureOf(open({ parameters: { regionendpoint: `http://127.0.0.1:${await freePort()}` } }));
  assert.equal(error.kind, "unavailable");
  assert.match(error.message, /ECONNREFUSED.*start the store/);
});

const isAbsent = ({ method, path }: Call) => method === "GET" && path.endsWith("/absent");
const isList = ({ query }: Call) => query.has("list-type");

const POLICIES = [
  {
    title: "no permission to list",
    denies: (call: Call) => isList(call) || isAbsent(call),
    says: /may not list the bucket: .*s3:ListBucket for arn:aws:s3:::registry-data\. Without it/,
  },
  {
    title: "a permission to list that depends on the prefix",
    denies: isAbsent,
    says: /s3:ListBucket for arn:aws:s3:::registry-data without a condition on the prefix/,
  },
  {
    title: "a permission to list only distribution's tree",
    denies: ({ query }: Call) => query.get("prefix") === "some/root/moorage/",
    says: /may not list the bucket below some\/root\/moorage\/: .* without a condition on the prefix/,
  },
  {
    title: "no permission for moorage/",
    denies: (call: Call) => isAbsent(call) && call.path.includes("/moorage/"),
    says: /below some\/root\/moorage\/: .*s3:GetObject, .*registry-data\/some\/root\/\*\. .*made for distribution/,
  },
];

for (const { title, denies, says } of POLICIES) {
  test(`${title} is told at the start, and nothing is left in the bucket`, async (t) => {
    const { double, bucket, open } = await s3Scene(t);
    double.interfere = (call, proceed) => {
      if (denies(call)) throw new Failure(403, "AccessDenied");
      return proceed();
    };
    const error = await failureOf(open());
    assert.equal(error.kind, "denied");
    assert.match(error.message, says);
    assert.equal(bucket.objects.size, 0);
  });
}

test("who may only read gets a driver that can only read, and a warning", async (t) => {
  const { double, open, warnings } = await s3Scene(t);
  double.interfere = (call, proceed) => {
    if (call.method === "PUT" || call.method === "DELETE") throw new Failure(403, "AccessDenied");
    return proceed();
  };
  const driver = await open();
  assert.equal(driver.conditional, undefined);
  assert.equal(warnings.length, 1);
});

test("readiness costs one call, once all is known to be well", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  double.calls.length = 0;
  await driver.check();
  assert.equal(double.calls.length, 1);
  double.interfere = () => {
    throw new Failure(503, "ServiceUnavailable");
  };
  await assert.rejects(driver.check(), { kind: "unavailable" });
});

test("no failure shows a secret, wherever one looks", async (t) => {
  const { double, open } = await s3Scene(t);
  double.interfere = (call) => {
    const request = `${call.headers["x-amz-security-token"]} ${call.headers.authorization}`;
    throw new Failure(403, "SignatureDoesNotMatch", "no", { CanonicalRequest: request, StringToSign: request });
  };
  const parameters = { secretkey: "top-secret", sessiontoken: "token-of-the-session" };
  const error = await failureOf(open({ parameters }));
  const everything = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  assert.doesNotMatch(everything, /top-secret|token-of-the-session|Signature=/);
});
