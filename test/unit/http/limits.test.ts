/** The table of docs/authentication.md about what a stranger can take, row by row: up to there, and not further. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { createPasswords } from "../../../src/auth/passwords.ts";
import { verifyToken } from "../../../src/auth/tokens/verify-token.ts";
import { systemRuntime } from "../../../src/runtime.ts";
import { type AuthWorld, openAuthWorld } from "../../support/auth-world.ts";
import { newKey } from "../../support/certificates.ts";
import { makeToken } from "../../support/tokens.ts";
import { startFor } from "../server/wire.ts";

const GUIDE = new URL("../../../docs/authentication.md", import.meta.url);
const rows = [...(await readFile(GUIDE, "utf8")).matchAll(/^\| (.+?) \| (\d+) \| (.+?) \|$/gm)];

const openService = (t: TestContext) =>
  openAuthWorld(t, {
    auth: "htpasswd: {path: DIR/htpasswd}\ntokenservice: {}",
    files: { htpasswd: `alice:${hashSync("pw", 4)}\n` },
  });

const post = (world: AuthWorld, body: string) =>
  world.http.request("POST", "/auth/token", { body, headers: { "content-type": "application/x-www-form-urlencoded" } });

async function reasonFor(t: TestContext, who: string): Promise<string | undefined> {
  const world = await openService(t);
  await world.as(who).request("GET", "/v2/");
  return world.audit[0]?.reason;
}

const scopesOf = (count: number) => Array(count).fill("repository:a:pull").join("+");

async function statusOfHeaders(t: TestContext, bytes: number): Promise<string> {
  const { connect } = await startFor(t, (_, response) => void response.end());
  const client = await connect();
  const head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ";
  client.send(`${head}${"x".repeat(Math.max(0, bytes - head.length - 4))}\r\n\r\n`);
  return (await client.ended()).slice(9, 12);
}

/** What happens at a size. */
const checks: Readonly<Record<string, (t: TestContext, size: number) => Promise<unknown>>> = {
  "The first line and the headers of a request, bytes": async (t, size) => [
    await statusOfHeaders(t, size - 200),
    await statusOfHeaders(t, size + 200),
  ],
  "A name of a user, characters": async (t, size) => [
    await reasonFor(t, `${"a".repeat(size)}:pw`),
    await reasonFor(t, `${"a".repeat(size + 1)}:pw`),
  ],
  "A password, characters": async (t, size) => [
    await reasonFor(t, `alice:${"a".repeat(size)}`),
    await reasonFor(t, `alice:${"a".repeat(size + 1)}`),
  ],
  "A token, bytes": async (_, size) => {
    const key = newKey();
    const tokenOf = (length: number) => makeToken({ key, claims: { x: "a".repeat(length) } });
    const rules = { issuer: "i", audience: "a", algorithms: ["ES256"] } as const;
    const ring = { find: () => undefined };
    const reasonOf = async (token: string) => {
      const verified = await verifyToken(token, rules, { keys: { ring }, now: Date.now() });
      return verified.kind === "bad" && verified.reason;
    };
    // Three characters are four in base64, and four of them are the next size.
    let most = Math.floor((size * 3) / 4) - 200;
    while (tokenOf(most + 1).length <= size) most += 1;
    return [await reasonOf(tokenOf(most)), await reasonOf(tokenOf(most + 3))];
  },
  "A form to `/auth/token`, bytes": async (t, size) => {
    const world = await openService(t);
    const form = "grant_type=refresh_token&refresh_token=";
    const statusOf = async (bytes: number) => (await post(world, form.padEnd(bytes, "a"))).status;
    return [await statusOf(size), await statusOf(size + 1)];
  },
  "Scopes in a request for a token": async (t, size) => {
    const world = await openService(t);
    const statusOf = async (count: number) =>
      (await world.as("alice:pw").request("GET", `/auth/token?scope=${scopesOf(count)}`)).status;
    return [await statusOf(size), await statusOf(size + 1)];
  },
  "A scope, characters": async (t, size) => {
    const world = await openService(t);
    const grantedFor = async (length: number) => {
      const scope = `repository:a:pull,${"x".repeat(length - "repository:a:pull,".length)}`;
      const form = `grant_type=password&username=alice&password=pw&scope=${scope}`;
      return (await post(world, form)).json<{ scope: string }>().scope;
    };
    return [await grantedFor(size), await grantedFor(size + 1)];
  },
  "The name of a repository, characters": async (t, size) => {
    const world = await openService(t);
    const statusOf = async (length: number) =>
      (await world.http.request("GET", `/v2/${"a".repeat(length)}/tags/list`)).status;
    return [await statusOf(size), await statusOf(size + 1)];
  },
  "The body of a refused request that is read away, bytes": async (t, size) => {
    const world = await openService(t);
    const connectionAfter = async (bytes: number) => {
      const answer = await world.http.request("PUT", "/v2/a/manifests/v1", { body: Buffer.alloc(bytes) });
      return answer.headers.connection;
    };
    return [await connectionAfter(size), await connectionAfter(size + 1)];
  },
  "Passwords that wait to be checked": async (_, size) => {
    const passwords = createPasswords(() => new Map([["bob", hashSync("pw", 4)]]), { runtime: systemRuntime });
    const answers = await Promise.all(Array.from({ length: size + 1 }, () => passwords.check("alice", "x")));
    return answers.filter((answer) => answer === "busy").length;
  },
};

const outcomes: Readonly<Record<string, unknown>> = {
  "The first line and the headers of a request, bytes": ["200", "431"],
  "A name of a user, characters": ["wrong name or password", "too long"],
  "A password, characters": ["wrong name or password", "too long"],
  "A token, bytes": ["it is signed with a key that is not trusted", "it is no token that can be read"],
  "A form to `/auth/token`, bytes": [401, 400],
  "Scopes in a request for a token": [200, 400],
  "A scope, characters": ["repository:a:pull,list", ""],
  "The name of a repository, characters": [401, 400],
  "The body of a refused request that is read away, bytes": ["keep-alive", "close"],
  "Passwords that wait to be checked": 1,
};

test("the table has these rows", () => {
  assert.deepEqual(
    rows.map(([, what]) => what),
    Object.keys(checks),
  );
});

for (const [, what = "", size] of rows) {
  test(`${what}: ${size}`, async (t) => {
    assert.deepEqual(await checks[what]?.(t, Number(size)), outcomes[what]);
  });
}
