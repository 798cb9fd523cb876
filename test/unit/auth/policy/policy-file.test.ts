import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyError, parsePolicy } from "../../../../src/auth/policy/policy-file.ts";

const mistakes: readonly (readonly [text: string, line: number, reason: RegExp])[] = [
  ["rules:\n  - who: alice\n    may: pull\n    in: **\n", 4, /needs quotes: "\*\*"/],
  ["rules:\n  - who: alice\n    may: pull\n    in: [a, */b]\n", 4, /needs quotes|alias/i],
  ["rules: [\n", 2, /./],
  ["rules: []\nrules: []\n", 2, /unique/],
  ["a: &a {x: *a}\n", 1, /./],
  ["just text", 1, /./],
  ["- a\n- b\n", 1, /./],
  ["rule: []\n", 1, /rule/],
  ["rules:\n  - who: alice\n    may: pull\n", 2, /in/],
  ["rules:\n  - who: alice\n    in: a\n", 2, /either may or may not/],
  ["rules:\n  - {who: alice, may: pull, may not: push, in: a}\n", 2, /either may or may not/],
  ["rules:\n  - {who: alice, may: pul, in: a}\n", 2, /write list, pull, push/],
  ["rules:\n  - {who: [], may: pull, in: a}\n", 2, /one at least/],
  ["rules:\n  - {who: alice, may: [], in: a}\n", 2, /one at least/],
  ["rules:\n\n  - {who: alice, may: pull, in: A/b}\n", 3, /no pattern/],
  ["rules:\n  - {who: group team-a, may: pull, in: a}\n", 2, /there is no group "team-a"/],
  ["groups: {team-a: [alice]}\nrules:\n  - {who: team-a, may: pull, in: a}\n", 3, /write group team-a/],
  ["robots: {ci: {expires: never}}\nrules:\n  - {who: ci, may: pull, in: a}\n", 3, /write robot ci/],
  ["rules:\n  - {who: robot ci, may: pull, in: a}\n", 2, /there is no robot "ci"/],
  ["rules:\n  - {who: workload x, may: pull, in: a}\n", 2, /there is no workload "x"/],
  ["rules:\n  - {who: 'robot:ci', may: pull, in: a}\n", 2, /cannot be the name/],
  ["rules:\n  - {who: 'two words', may: pull, in: a}\n", 2, /cannot be the name/],
  ["rules:\n  - {who: 7, may: pull, in: a}\n", 2, /write a text/],
  ["rules: {who: alice}\n", 1, /list of rules/],
  ["rules:\n  - pull\n", 2, /write who, may/],
  ["groups: {a: [group b], b: [alice]}\n", 1, /no other groups/],
  ["groups: {a: [anyone]}\n", 1, /a group has users/],
  ["groups:\n  a:\n    - [alice]\n", 3, /write a text/],
  ["robots:\n  ci: {}\n", 2, /write a day/],
  ["robots:\n  ci:\n    expires: tomorrow\n", 3, /write a day/],
  ["robots:\n  ci: {expires: 2030-02-30}\n", 2, /write a day/],
  ["robots:\n  ci: {expires: 2030-13-01}\n", 2, /write a day/],
  ["robots:\n  ci: {expires: never, hash: hunter2}\n", 2, /write a bcrypt hash/],
  ["robots:\n  'a:b': {expires: never}\n", 2, /cannot be a name/],
  ["workloads:\n  x: {issuer: nowhere, subject: a}\n", 2, /URL/],
  ["workloads:\n  x: {issuer: 'https://a', subject: ''}\n", 2, /no pattern/],
  ["workloads:\n  x: {issuer: 'https://a'}\n", 2, /subject/],
];

for (const [text, line, reason] of mistakes) {
  test(`line ${line} of ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parsePolicy(text),
      (error) => {
        assert.ok(error instanceof PolicyError, String(error));
        assert.match(error.message, new RegExp(`^line ${line}: `));
        assert.match(error.message, reason);
        assert.ok(!error.message.includes("hunter2"));
        return true;
      },
    );
  });
}

test("aliases of aliases", () => {
  const names = "abcdefghi".split("");
  const text = names
    .map(
      (name, i) =>
        `${name}: &${name} [${
          i === 0
            ? "x"
            : Array(9)
                .fill(`*${names[i - 1]}`)
                .join(", ")
        }]`,
    )
    .join("\n");
  const start = performance.now();
  assert.throws(() => parsePolicy(text), PolicyError);
  assert.ok(performance.now() - start < 3000);
});

test("as it is written in the documentation", () => {
  const policy = parsePolicy(`
groups:
  team-a: [alice, bob, robot ci]
robots:
  ci:
    expires: 2030-12-31T12:00:00+02:00
    hash: $2y$05$QX0erM6xEiuZdsb8qHGy8O9fQEcPxxw3QyBuPaBlF4O6qWMmd9m52
workloads:
  release:
    issuer: https://token.actions.githubusercontent.com
    subject: repo:acme/app:ref:refs/heads/*
    claims: {repository_owner: acme}
rules:
  - who: anyone
    may: pull
    in: public/**
  - who: users
    may: all
    in: \${user}/**
  - who: [group team-a, workload release]
    may: [push, tag-overwrite]
    in: [team-a/**, shared/*]
  - who: users
    may not: delete
    in: "**/release"
`);
  assert.equal(policy.robots.get("ci")?.expiresAt, Date.UTC(2030, 11, 31, 10));
  assert.deepEqual(
    policy.rules.map(({ line, text }) => [line, text]),
    [
      [14, "anyone may pull in public/**"],
      [17, `users may all in $${"{user}"}/**`],
      [20, "group team-a, workload release may push, tag-overwrite in team-a/**, shared/*"],
      [23, "users may not delete in **/release"],
    ],
  );
});
