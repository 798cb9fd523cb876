import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createLoginThrottle, type LoginAttempt } from "../../../src/auth/login-throttle.ts";
import type { PasswordAnswer } from "../../../src/auth/passwords.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const SECOND = 1000;
const EVE = "203.0.113.7";
const HOME = "198.51.100.1";

function throttleFor() {
  const runtime = createSleeplessRuntime();
  const throttle = createLoginThrottle(runtime);
  let checked = 0;
  const login = (username: string, address: string, password = "wrong"): LoginAttempt => ({
    username,
    address,
    password,
  });
  const attempt = (who: LoginAttempt) =>
    throttle.slow(who, async (): Promise<PasswordAnswer> => {
      checked += 1;
      await turn();
      return who.password === "right" ? "right" : "wrong";
    });
  return { runtime, throttle, login, attempt, checked: () => checked };
}

test("a few mistakes cost nothing, then each doubles the wait, up to a minute", async () => {
  const { login, attempt, throttle, runtime, checked } = throttleFor();
  const eve = login("alice", EVE);
  for (let i = 0; i < 5; i++) assert.equal(await attempt(eve), "wrong");
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    const seconds = throttle.retryAfterSeconds(eve);
    waits.push(seconds);
    runtime.pass(seconds * SECOND);
    assert.equal(await attempt(eve), "wrong");
  }
  assert.deepEqual(waits, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
  assert.equal(await attempt(eve), "busy");
  assert.equal(checked(), 17);
});

test("a short wait is waited for, a long one is refused without a look at the password", async () => {
  const { login, attempt, checked, runtime } = throttleFor();
  const eve = login("alice", EVE);
  for (let i = 0; i < 8; i++) assert.equal(await attempt(eve), "wrong");
  assert.equal(runtime.monotonic(), 500 + 1000 + 2000);
  assert.equal(await attempt(login("alice", EVE, "right")), "busy");
  assert.equal(checked(), 8);
});

test("the user from elsewhere, and other users from there, do not notice", async () => {
  const { login, attempt } = throttleFor();
  for (let i = 0; i < 20; i++) await attempt(login("alice", EVE, `guess ${i}`));
  assert.equal(await attempt(login("alice", EVE, "right")), "busy");
  assert.equal(await attempt(login("alice", HOME, "right")), "right");
  assert.equal(await attempt(login("bob", EVE, "right")), "right");
});

test("many at once are not free", async () => {
  const { login, attempt, checked } = throttleFor();
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt(login("alice", EVE, `guess ${i}`))));
  assert.equal(checked(), 5);
  assert.equal(answers.filter((answer) => answer === "busy").length, 95);
});

test("nor are many names from one address; but whoever was right from there before never waits", async () => {
  const { login, attempt, runtime } = throttleFor();
  assert.equal(await attempt(login("carol", EVE, "right")), "right");
  let busy = 0;
  for (let i = 0; i < 200; i++) if ((await attempt(login(`user ${i}`, EVE))) === "busy") busy += 1;
  assert.ok(busy > 100, `${busy}`);
  assert.equal(await attempt(login("carol", EVE, "right")), "right");
  assert.equal(await attempt(login("dave", HOME, "right")), "right");
  runtime.pass(15 * 60 * SECOND);
  assert.equal(await attempt(login("dave", EVE, "right")), "right");
});

test("an attack on a user's own address does not lock out who was right from there before", async () => {
  const { login, attempt } = throttleFor();
  assert.equal(await attempt(login("alice", EVE, "right")), "right");
  for (let i = 0; i < 20; i++) await attempt(login("alice", EVE, `guess ${i}`));
  assert.equal(await attempt(login("alice", EVE, "right")), "right");
});

test("a success forgives", async () => {
  const { login, attempt, throttle } = throttleFor();
  for (let i = 0; i < 4; i++) await attempt(login("alice", EVE, `guess ${i}`));
  assert.equal(await attempt(login("alice", EVE, "right")), "right");
  for (let i = 0; i < 4; i++) assert.equal(await attempt(login("alice", EVE, `guess ${i}`)), "wrong");
  assert.ok(throttle.retryAfterSeconds(login("alice", EVE)) <= 1);
});

test("a network of IPv6 is one address, and so is IPv4 in its clothes", async () => {
  const { login, attempt } = throttleFor();
  for (let i = 0; i < 20; i++) await attempt(login("alice", `2001:db8:1:2:3::${i}`));
  assert.equal(await attempt(login("alice", "2001:db8:1:2::ffff")), "busy");
  assert.equal(await attempt(login("alice", "2001:db8:1:3::1")), "wrong");
  for (let i = 0; i < 20; i++) await attempt(login("alice", `::ffff:${EVE}`));
  assert.equal(await attempt(login("alice", EVE)), "busy");
});

test("clients that go on with a wrong password are alone with it", async () => {
  const { login, attempt, runtime } = throttleFor();
  for (let minute = 0; minute < 200; minute++) {
    runtime.pass(60 * SECOND);
    for (let job = 0; job < 5; job++) await attempt(login(`old job ${job}`, EVE));
  }
  const before = runtime.monotonic();
  assert.equal(await attempt(login("carol", EVE, "right")), "right");
  assert.equal(runtime.monotonic(), before);
});

test("an office where somebody mistypes now and then stays fast", async () => {
  const { login, attempt, runtime } = throttleFor();
  for (let i = 0; i < 500; i++) {
    runtime.pass(2 * 60 * SECOND);
    assert.equal(await attempt(login(`user ${i % 100}`, EVE)), "wrong");
  }
  const before = runtime.monotonic();
  assert.equal(await attempt(login("carol", EVE, "right")), "right");
  assert.equal(runtime.monotonic(), before);
});

test("a password that was right once is no free pass when it is wrong", async () => {
  const { runtime, throttle } = throttleFor();
  const who = { username: "alice", password: "old", address: EVE };
  const answers: (readonly [PasswordAnswer, boolean])[] = [];
  const attempt = (answer: PasswordAnswer) =>
    throttle.slow(who, async (isFamiliar) => {
      answers.push([answer, isFamiliar]);
      return answer;
    });
  await attempt("right");
  await attempt("wrong");
  await attempt("wrong");
  assert.deepEqual(answers, [
    ["right", false],
    ["wrong", true],
    ["wrong", false],
  ]);
  for (let i = 0; i < 20; i++) await attempt("wrong");
  assert.equal(await attempt("wrong"), "busy");
  assert.ok(runtime.monotonic() < 60 * SECOND);
});
