import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Credentials } from "../../../src/auth/access-controller.ts";
import { createCredentialCache } from "../../../src/auth/credential-cache.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";

const MINUTE = 60_000;
const basic = (username: string, password = "secret"): Credentials => ({ scheme: "basic", username, password });

interface Outcome {
  readonly user?: string;
  readonly until?: number;
}

function cacheFor({ entries }: { readonly entries?: number } = {}) {
  const runtime = createManualRuntime();
  let generation = 0;
  let calls = 0;
  let outcome: Outcome | Error = { user: "ann" };
  const cache = createCredentialCache<Outcome>(runtime, {
    generation: () => generation,
    validUntil: ({ user, until }) => (user === undefined ? undefined : (until ?? Number.POSITIVE_INFINITY)),
    entries,
  });
  return {
    runtime,
    cache,
    calls: () => calls,
    bump: () => void generation++,
    answer: (next: Outcome | Error) => {
      outcome = next;
    },
    resolve: (credentials: Credentials) =>
      cache.resolve(credentials, async () => {
        calls += 1;
        const answer = outcome;
        await turn();
        if (answer instanceof Error) throw answer;
        return answer;
      }),
  };
}

test("a success is remembered, and forgotten after five minutes", async () => {
  const { resolve, runtime, calls, cache } = cacheFor();
  for (let i = 0; i < 3; i++) assert.deepEqual(await resolve(basic("ann")), { user: "ann" });
  assert.equal(calls(), 1);
  await runtime.advance(5 * MINUTE);
  assert.equal(cache.recall(basic("ann")), undefined);
  await resolve(basic("ann"));
  assert.equal(calls(), 2);
});

test("a failure is not", async () => {
  const { resolve, answer, calls } = cacheFor();
  answer({});
  for (let i = 0; i < 3; i++) assert.deepEqual(await resolve(basic("ann")), {});
  assert.equal(calls(), 3);
  answer(new Error("down"));
  await assert.rejects(resolve(basic("ann")), /down/);
  answer({ user: "ann" });
  assert.deepEqual(await resolve(basic("ann")), { user: "ann" });
});

test("at once, one verification serves all, right or wrong", async () => {
  const { resolve, answer, calls } = cacheFor();
  const both = await Promise.all(Array.from({ length: 32 }, () => resolve(basic("ann"))));
  assert.ok(both.every(({ user }) => user === "ann"));
  answer({});
  await Promise.all(Array.from({ length: 32 }, () => resolve(basic("ann", "wrong"))));
  assert.equal(calls(), 2);
});

test("nothing from before a change counts, not even what is on its way", async () => {
  const { resolve, bump, answer, calls, cache } = cacheFor();
  await resolve(basic("ann"));
  bump();
  assert.equal(cache.recall(basic("ann")), undefined);
  const early = resolve(basic("ann"));
  bump();
  answer({});
  assert.deepEqual(await resolve(basic("ann")), {});
  assert.deepEqual(await early, { user: "ann" });
  assert.equal(cache.recall(basic("ann")), undefined);
  assert.equal(calls(), 3);
});

test("near its end an entry is renewed while it answers", async () => {
  const { resolve, runtime, calls, answer, cache } = cacheFor();
  await resolve(basic("ann"));
  await runtime.advance(4.5 * MINUTE);
  assert.deepEqual(await resolve(basic("ann")), { user: "ann" });
  await turn();
  await turn();
  assert.equal(calls(), 2);
  await runtime.advance(2 * MINUTE);
  assert.ok(cache.recall(basic("ann")));
  // And if the password is not right any more, that is the end of it.
  await runtime.advance(2.5 * MINUTE);
  answer({});
  assert.deepEqual(await resolve(basic("ann")), { user: "ann" });
  await turn();
  await turn();
  assert.equal(cache.recall(basic("ann")), undefined);
});

test("no longer than the credentials themselves are good", async () => {
  const { resolve, runtime, answer, cache } = cacheFor();
  answer({ user: "ann", until: runtime.now() + MINUTE });
  await resolve(basic("ann"));
  assert.ok(cache.recall(basic("ann")));
  await runtime.advance(MINUTE);
  assert.equal(cache.recall(basic("ann")), undefined);
});

test("bounded", async () => {
  const { resolve, calls, cache } = cacheFor({ entries: 10 });
  for (let i = 0; i < 20; i++) await resolve(basic(`user ${i}`));
  assert.equal(calls(), 20);
  assert.equal(Array.from({ length: 20 }, (_, i) => cache.recall(basic(`user ${i}`))).filter(Boolean).length, 10);
});

test("credentials that look alike are not the same", async () => {
  const { resolve, cache } = cacheFor();
  await resolve(basic("a", "b\0c"));
  await resolve({ scheme: "bearer", token: "basic 1 ab" });
  for (const other of [
    basic("a\0b", "c"),
    basic("ab", "\0c"),
    basic("", "ab\0c"),
    basic("a", "b"),
    basic("A", "b\0c"),
  ]) {
    assert.equal(cache.recall(other), undefined);
  }
});
