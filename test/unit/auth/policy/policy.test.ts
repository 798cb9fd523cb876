import assert from "node:assert/strict";
import { test } from "node:test";
import type { RepositoryAction } from "../../../../src/auth/access-controller.ts";
import { ACTIONS } from "../../../../src/auth/policy/actions.ts";
import { callerCalled, explain } from "../../../../src/auth/policy/explain.ts";
import { decide, permissionsOf } from "../../../../src/auth/policy/policy.ts";
import { parsePolicy } from "../../../../src/auth/policy/policy-file.ts";
import { parseRepositoryName } from "../../../../src/oci/names.ts";

const NOW = Date.UTC(2030, 0, 1);

/** What somebody may do there, in the order of the list. */
function allowed(text: string, who: string | undefined, repository: string, now = NOW): string {
  const policy = parsePolicy(text);
  const caller = callerCalled(who, policy);
  const may = (action: RepositoryAction) =>
    decide(policy, { caller, repository: parseRepositoryName(repository), action, now }).allowed;
  return ACTIONS.filter(may).join(" ");
}

const rules = (...lines: readonly string[]) => `rules:\n${lines.map((line) => `  - {${line}}\n`).join("")}`;

test("without rules nobody may anything", () => {
  for (const text of ["", "# nothing\n", "{}", "rules: []", "groups: {a: [alice]}"]) {
    assert.equal(allowed(text, "alice", "a/b"), "");
    assert.equal(allowed(text, undefined, "a/b"), "");
  }
});

test("each action brings what it needs", () => {
  const may = (action: string) => allowed(rules(`who: alice, may: ${action}, in: a/**`), "alice", "a/b");
  assert.equal(may("list"), "list");
  assert.equal(may("pull"), "list pull");
  assert.equal(may("push"), "list pull push");
  assert.equal(may("tag-overwrite"), "list pull push tag-overwrite");
  assert.equal(may("delete"), "list pull delete");
  assert.equal(may("all"), ACTIONS.join(" "));
  assert.equal(may("[push, delete]"), "list pull push delete");
});

test("and what is forbidden takes what cannot be without it", () => {
  const mayNot = (action: string) =>
    allowed(rules("who: users, may: all, in: '**'", `who: alice, may not: ${action}, in: a/**`), "alice", "a/b");
  assert.equal(mayNot("list"), "pull push tag-overwrite delete");
  assert.equal(mayNot("pull"), "");
  assert.equal(mayNot("push"), "list pull delete");
  assert.equal(mayNot("tag-overwrite"), "list pull push delete");
  assert.equal(mayNot("delete"), "list pull push tag-overwrite");
  assert.equal(mayNot("all"), "");
});

test("the last rule that speaks of it decides", () => {
  const text = rules(
    "who: users, may: push, in: a/**",
    "who: alice, may not: push, in: a/secret",
    "who: alice, may: push, in: a/*",
    "who: anyone, may not: delete, in: '**'",
    "who: bob, may not: pull, in: a/**",
  );
  assert.equal(allowed(text, "alice", "a/secret"), "list pull push");
  assert.equal(allowed(text, "bob", "a/x"), "");
  assert.equal(allowed(text, "carol", "a/x/y"), "list pull push");
});

test("anyone is everybody, users are those with a name, robots are only themselves", () => {
  const text = `robots: {ci: {expires: never}}\n${rules("who: anyone, may: list, in: a", "who: users, may: pull, in: a")}`;
  assert.equal(allowed(text, undefined, "a"), "list");
  assert.equal(allowed(text, "alice", "a"), "list pull");
  assert.equal(allowed(text, "ci", "a"), "list");
});

test("groups, and robots in them", () => {
  const text = `
groups: {team: [alice, robot ci], other: bob}
robots: {ci: {expires: never}}
${rules("who: group team, may: push, in: team/**", "who: [group other, carol], may: pull, in: team/**")}`;
  assert.equal(allowed(text, "alice", "team/x"), "list pull push");
  assert.equal(allowed(text, "ci", "team/x"), "list pull push");
  assert.equal(allowed(text, "user ci", "team/x"), "");
  assert.equal(allowed(text, "bob", "team/x"), "list pull");
  assert.equal(allowed(text, "carol", "team/x"), "list pull");
  assert.equal(allowed(text, "dave", "team/x"), "");
  assert.equal(allowed(text, undefined, "team/x"), "");
});

test("a robot's time ends, and a robot that is not there any more may nothing", () => {
  const text = `robots: {ci: {expires: 2030-01-31}}\n${rules("who: [anyone, robot ci], may: pull, in: '**'")}`;
  assert.equal(allowed(text, "robot ci", "a", Date.UTC(2030, 0, 31, 23, 59, 59, 999)), "list pull");
  assert.equal(allowed(text, "robot ci", "a", Date.UTC(2030, 1, 1)), "");
  assert.equal(allowed(text, "robot gone", "a"), "");
  assert.equal(allowed(text, "workload gone", "a"), "");
});

test("the catalogue is for whoever may see something", () => {
  const permissions = permissionsOf(
    parsePolicy(rules("who: alice, may: pull, in: a", "who: bob, may not: list, in: a")),
    () => NOW,
  );
  assert.ok(permissions.allows({ kind: "user", name: "alice" }, { type: "catalog" }));
  assert.ok(!permissions.allows({ kind: "user", name: "bob" }, { type: "catalog" }));
  assert.ok(!permissions.allows({ kind: "anonymous" }, { type: "catalog" }));
});

test("names like those of objects are names", () => {
  const text = `groups: {constructor: [alice]}\n${rules("who: group constructor, may: pull, in: a")}`;
  assert.equal(allowed(text, "alice", "a"), "list pull");
  assert.equal(allowed(text, "toString", "a"), "");
});

test("explained: who, and which line", () => {
  const policy = parsePolicy(`robots: {ci: {expires: 2030-01-31}}
groups: {team-a: [alice]}
rules:
  - who: group team-a
    may: [push, tag-overwrite]
    in: team-a/**

  - {who: [robot ci], may: pull, in: ["team-a/**", "team-b/**"]}
  - {who: users, may not: push, in: team-a/frozen}
`);
  const ask = (user: string | undefined, repository: string, action: string) =>
    explain(policy, "permissions.yml", { user, repository, action }, NOW);
  assert.deepEqual(ask("alice", "team-a/app", "push"), {
    allowed: true,
    text: "yes: user alice may push in team-a/app\npermissions.yml:4: group team-a may push, tag-overwrite in team-a/**\n",
  });
  assert.deepEqual(ask("alice", "team-a/frozen", "tag-overwrite"), {
    allowed: false,
    text: "no: user alice may not tag-overwrite in team-a/frozen\npermissions.yml:9: users may not push in team-a/frozen\n",
  });
  assert.match(ask("ci", "team-b/x", "pull").text, /^yes: robot ci may pull .*\npermissions.yml:8: /);
  assert.match(ask("ci", "team-b/x", "push").text, /^no: robot ci .*\nno rule speaks of it/);
  assert.match(ask(undefined, "team-b/x", "pull").text, /^no: somebody who has not logged in may not pull/);
  assert.match(
    explain(policy, "p", { user: "ci", repository: "a", action: "pull" }, Date.UTC(2031, 0)).text,
    /the robot has expired/,
  );
  assert.throws(() => ask("alice", "Team-A", "push"), RangeError);
  assert.throws(() => ask("alice", "team-a", "frobnicate"), /write one of list, pull/);
});
