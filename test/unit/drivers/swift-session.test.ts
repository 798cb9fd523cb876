import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DriverError } from "../../../drivers/errors.ts";
import { createSession, type Grant } from "../../../drivers/swift/session.ts";

const MINUTE = 60_000;

/** Logins that the test answers, one by one. */
function identityService(lifetime: number | undefined) {
  const pending: PromiseWithResolvers<Grant>[] = [];
  let now = 0;
  const login = () => {
    const answer = Promise.withResolvers<Grant>();
    pending.push(answer);
    return answer.promise;
  };
  const at = (index: number) => pending[index] ?? assert.fail(`login ${index + 1} was not tried`);
  return {
    session: createSession(login, () => now),
    logins: () => pending.length,
    grant: (token: string) => at(pending.length - 1).resolve({ token, storageUrl: "http://store", lifetime }),
    refuse: (error: unknown) => at(pending.length - 1).reject(error),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test("many who need a token wait for one login", async () => {
  const { session, logins, grant } = identityService(60 * MINUTE);
  const waiting = Array.from({ length: 50 }, () => session.grant(undefined));
  grant("first");
  assert.deepEqual(new Set((await Promise.all(waiting)).map(({ token }) => token)), new Set(["first"]));
  assert.equal((await session.grant(undefined)).token, "first");
  assert.equal(logins(), 1);
});

test("a token is renewed before it expires, and good until then", async () => {
  const { session, logins, grant, refuse, pass } = identityService(60 * MINUTE);
  const first = session.grant(undefined);
  grant("first");
  await first;
  pass(54 * MINUTE);
  assert.equal((await session.grant(undefined)).token, "first");
  assert.equal(logins(), 1);

  pass(2 * MINUTE);
  assert.equal((await session.grant(undefined)).token, "first");
  assert.equal(logins(), 2);
  refuse(new DriverError("unavailable", "login"));
  await setImmediate();

  assert.equal((await session.grant(undefined)).token, "first");
  assert.equal(logins(), 3);
  grant("second");
  await setImmediate();
  assert.equal((await session.grant(undefined)).token, "second");
  assert.equal(logins(), 3);
});

test("an expired token is not used", async () => {
  const { session, grant, pass } = identityService(1000);
  const first = session.grant(undefined);
  grant("first");
  await first;
  pass(1000);
  const second = session.grant(undefined);
  grant("second");
  assert.equal((await second).token, "second");
});

test("a token without a lifetime is used until it is refused", async () => {
  const { session, logins, grant, pass } = identityService(undefined);
  const first = session.grant(undefined);
  grant("first");
  await first;
  pass(1000 * 60 * MINUTE);
  assert.equal((await session.grant(undefined)).token, "first");
  assert.equal(logins(), 1);
});

test("a refused token is renewed once, however many had it", async () => {
  const { session, logins, grant } = identityService(60 * MINUTE);
  const waiting = session.grant(undefined);
  grant("first");
  const refused = await waiting;
  const renewals = Array.from({ length: 20 }, () => session.renew(refused, undefined));
  grant("second");
  await Promise.all(renewals);
  assert.equal((await session.renew(refused, undefined)).token, "second");
  assert.equal(logins(), 2);
});

/** A token is about to expire, and the login for the next one has begun. */
async function whileRenewing() {
  const service = identityService(60 * MINUTE);
  const waiting = service.session.grant(undefined);
  service.grant("first");
  const refused = await waiting;
  service.pass(56 * MINUTE);
  await service.session.grant(undefined);
  return { ...service, refused };
}

test("a refused token that the store had given again is renewed all the same", async () => {
  const { session, logins, grant, refused } = await whileRenewing();
  grant("first");
  await setImmediate();
  const renewing = session.renew(refused, undefined);
  assert.equal(logins(), 3);
  grant("second");
  assert.equal((await renewing).token, "second");
});

test("a login that began before the refusal, and brings the refused token, is not the last", async () => {
  const { session, logins, grant, refused } = await whileRenewing();
  const renewals = Array.from({ length: 20 }, () => session.renew(refused, undefined));
  grant("first");
  await setImmediate();
  assert.equal(logins(), 3);
  grant("second");
  assert.deepEqual(new Set((await Promise.all(renewals)).map(({ token }) => token)), new Set(["second"]));
  assert.equal(logins(), 3);
});

test("wrong credentials are not tried again at once", async () => {
  const { session, logins, refuse, pass, grant } = identityService(60 * MINUTE);
  const waiting = session.grant(undefined);
  refuse(new DriverError("denied", "login"));
  await assert.rejects(waiting, { kind: "denied" });
  await assert.rejects(session.grant(undefined), { kind: "denied" });
  assert.equal(logins(), 1);
  pass(11_000);
  const again = session.grant(undefined);
  await setImmediate();
  grant("second");
  assert.equal((await again).token, "second");
});

test("who leaves does not take the login along", async () => {
  const { session, logins, grant } = identityService(60 * MINUTE);
  const controller = new AbortController();
  const leaving = session.grant(controller.signal);
  const staying = session.grant(undefined);
  controller.abort(new Error("enough"));
  await assert.rejects(leaving, { message: "enough" });
  grant("first");
  assert.equal((await staying).token, "first");
  assert.equal(logins(), 1);
});
