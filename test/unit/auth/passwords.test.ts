import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { createPasswords } from "../../../src/auth/passwords.ts";
import { systemRuntime } from "../../../src/runtime.ts";

const passwordsOf = (hashes: Readonly<Record<string, string>>) =>
  createPasswords(() => new Map(Object.entries(hashes)), { runtime: systemRuntime });

test("right and wrong", async () => {
  const passwords = passwordsOf({ alice: hashSync("geheim", 4), bob: hashSync("b:o:b", 4).replace("$2b", "$2y") });
  assert.equal(await passwords.check("alice", "geheim"), "right");
  assert.equal(await passwords.check("bob", "b:o:b"), "right");
  for (const [name, password] of [
    ["alice", "Geheim"],
    ["alice", ""],
    ["alice", "geheim\0x"],
    ["Alice", "geheim"],
    ["carol", "geheim"],
    ["", "geheim"],
    ["__proto__", "geheim"],
  ] as const) {
    assert.equal(await passwords.check(name, password), "wrong", `${name} ${password}`);
  }
});

test("the password of another user opens nothing for a name that nobody has", async () => {
  const passwords = passwordsOf({ alice: hashSync("geheim", 4) });
  for (let i = 0; i < 20; i++) assert.equal(await passwords.check(`nobody ${i}`, "geheim"), "wrong");
});

test("a name that nobody has takes as long as one that somebody has", async () => {
  const passwords = passwordsOf({ alice: hashSync("geheim", 9), bob: hashSync("geheim", 9) });
  const timeOf = async (name: string) => {
    const start = performance.now();
    await passwords.check(name, "wrong");
    return performance.now() - start;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 9; i++) {
    known.push(await timeOf("alice"));
    unknown.push(await timeOf(`nobody ${i}`));
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[4] ?? 0;
  const ratio = median(unknown) / median(known);
  assert.ok(ratio > 0.7 && ratio < 1.4, `${ratio}`);
});

test("without users it takes its time as well", async () => {
  const start = performance.now();
  assert.equal(await passwordsOf({}).check("alice", "x"), "wrong");
  assert.ok(performance.now() - start > 10);
});

test("more than it can do at a time is refused at once", async () => {
  const passwords = passwordsOf({ alice: hashSync("geheim", 6) });
  const answers = await Promise.all(Array.from({ length: 200 }, () => passwords.check("alice", "geheim")));
  assert.equal(answers.filter((answer) => answer === "right").length, 66);
  assert.equal(answers.filter((answer) => answer === "busy").length, 134);
  assert.equal(await passwords.check("alice", "geheim"), "right");
});

test("whoever was right before does not wait behind strangers", async () => {
  const passwords = passwordsOf({ alice: hashSync("geheim", 8) });
  const strangers = Array.from({ length: 100 }, (_, i) => passwords.check(`nobody ${i}`, "x"));
  let answered = 0;
  for (const stranger of strangers) stranger.then((answer) => (answered += answer === "wrong" ? 1 : 0));
  assert.equal(await passwords.check("alice", "geheim", true), "right");
  assert.ok(answered < 10, `${answered} strangers were first`);
  await Promise.all(strangers);
});
