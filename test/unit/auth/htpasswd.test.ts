import assert from "node:assert/strict";
import { test } from "node:test";
import { PasswordFileError, parsePasswordFile } from "../../../src/auth/htpasswd.ts";

const HASH = "$2y$05$QX0erM6xEiuZdsb8qHGy8O9fQEcPxxw3QyBuPaBlF4O6qWMmd9m52";

test("names and hashes, and what stands around them", () => {
  const hashes = parsePasswordFile(`# people\r\nalice:${HASH}\r\n\r\n  bob:${HASH.replace("$2y", "$2b")}\n`);
  assert.deepEqual([...hashes.keys()], ["alice", "bob"]);
  assert.equal(hashes.get("alice"), HASH);
  assert.equal(parsePasswordFile("").size, 0);
});

test("of two lines for one name the last counts, as with distribution", () => {
  const later = HASH.replace("$05", "$06");
  assert.equal(parsePasswordFile(`a:${HASH}\na:${later}`).get("a"), later);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00", /MD5/],
  ["{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", /SHA-1/],
  ["$5$rounds=5000$abcdefgh$u9iTG0WNq6Y6yxO4D7k3lCfDqGQXZZ1", /SHA-crypt/],
  ["rqXexS6ZhobKA", /not a bcrypt hash/],
  ["plain-text-password", /not a bcrypt hash/],
  ["", /not a bcrypt hash/],
  [HASH.slice(0, -1), /cut short/],
  [HASH.replace("$05", "$03"), /not quite bcrypt/],
];

for (const [hash, reason] of refused) {
  test(`refused, with the number of the line: ${hash || "nothing"}`, () => {
    assert.throws(
      () => parsePasswordFile(`alice:${HASH}\n# comment\nbob:${hash}\n`),
      (error) => {
        assert.ok(error instanceof PasswordFileError);
        assert.equal(error.line, 3);
        assert.match(error.message, /^line 3: the hash of "bob" /);
        assert.match(error.message, reason);
        assert.ok(hash === "" || !error.message.includes(hash), "the hash is a secret");
        return true;
      },
    );
  });
}

test("a line without a name", () => {
  for (const line of ["alice", ":", `:${HASH}`])
    assert.throws(() => parsePasswordFile(line), /^PasswordFileError: line 1/);
});
