import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePattern } from "../../../../src/auth/policy/pattern.ts";

const matches = (pattern: string, name: string, user?: string) => parsePattern(pattern).matches(name.split("/"), user);

const cases: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ["team-a/app", ["team-a/app"], ["team-a/app/x", "team-a/ap", "team-a", "x/team-a/app", "team-a/app2"]],
  ["team-a/*", ["team-a/app", "team-a/x.y_z-1"], ["team-a", "team-a/app/x", "team-ab/app"]],
  ["team-a/**", ["team-a/app", "team-a/b/c/d"], ["team-a", "team-ab/app", "x/team-a/app"]],
  ["**", ["a", "a/b", "a/b/c"], []],
  ["*", ["a", "abc"], ["a/b"]],
  ["**/base", ["base", "a/base", "a/b/base"], ["base/a", "abase", "a/base/b"]],
  ["a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["a", "z", "a/z/y"]],
  ["**/x/**", ["x/y", "a/x/y/z", "x/x/x"], ["x", "a/x"]],
  ["a/**/b/**/c", ["a/b/c", "a/x/b/y/c", "a/b/b/c/c"], ["a/c", "a/b", "a/x/c/b"]],
  ["team-*/app", ["team-a/app", "team-/app"], ["team/app", "xteam-a/app"]],
  ["*-a-*", ["x-a-y", "-a-", "x-a-a-y"], ["x-a", "a-y"]],
  ["a*a", ["aa", "aba"], ["a", "ab"]],
  ["ab*ba", ["abba", "abxba"], ["aba"]],
];

for (const [pattern, yes, no] of cases) {
  test(pattern, () => {
    for (const name of yes) assert.ok(matches(pattern, name), name);
    for (const name of no) assert.ok(!matches(pattern, name), name);
  });
}

const USER = "$" + "{user}";

test("the user's own", () => {
  assert.ok(matches(`${USER}/**`, "alice/app", "alice"));
  assert.ok(!matches(`${USER}/**`, "bob/app", "alice"));
  assert.ok(matches(`home-${USER}/*`, "home-alice/x", "alice"));
  assert.ok(!matches(`${USER}/**`, "alice/app"));
});

test("a name with something else in it than letters stands for itself, or for nothing", () => {
  for (const user of ["*", "**", "a*", "../x", "a/b", "", ".", "..", "Alice", "al ice", "$&", "$1", USER, "-a", "a-"]) {
    for (const name of ["alice/app", "a/b/c", "x/y", "al/x"])
      assert.ok(!matches(`${USER}/**`, name, user), `${user} ${name}`);
  }
  assert.ok(matches(`${USER}/**`, "al.ice/x", "al.ice"));
  assert.ok(!matches(`${USER}/**`, "alxice/x", "al.ice"));
});

test("what is no pattern", () => {
  for (const text of [
    "",
    "/",
    "a//b",
    "/a",
    "a/",
    "A/b",
    "a b",
    "a/***",
    "a**",
    "a/b**",
    "[a]",
    "a?",
    `$${"{who}"}/x`,
    "a/../b\n",
    "x".repeat(256),
  ]) {
    assert.throws(() => parsePattern(text), RangeError, JSON.stringify(text));
  }
});

test("as a plain matcher would have it", () => {
  const component = fc.constantFrom("a", "b", "ab", "ba");
  const part = fc.constantFrom("a", "b", "*", "a*", "*b", "**", "*a*");
  /** Tries everything. */
  const slow = (parts: readonly string[], names: readonly string[]): boolean => {
    const [first, ...rest] = parts;
    if (first === undefined) return names.length === 0;
    if (first === "**") {
      const least = rest.length === 0 ? 1 : 0;
      return names.concat("").some((_, i) => i >= least && i <= names.length && slow(rest, names.slice(i)));
    }
    const [name, ...others] = names;
    return name !== undefined && new RegExp(`^${first.replaceAll("*", ".*")}$`).test(name) && slow(rest, others);
  };
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.array(component, { minLength: 1, maxLength: 6 }),
      (parts, names) => {
        assert.equal(parsePattern(parts.join("/")).matches(names, undefined), slow(parts, names));
      },
    ),
    { numRuns: 2000 },
  );
});

test("an unkind pattern is no work", () => {
  const start = performance.now();
  const pattern = parsePattern(`${"**/".repeat(40)}${"*a".repeat(20)}x`);
  for (let i = 0; i < 100; i++)
    assert.ok(
      !pattern.matches(
        Array.from({ length: 100 }, () => "aaaaaaaaaa"),
        undefined,
      ),
    );
  assert.ok(performance.now() - start < 2000);
});
