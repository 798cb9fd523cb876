import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogOptions } from "../../../src/log.ts";
import { createRedaction } from "../../../src/redaction.ts";

async function capture(options: Partial<LogOptions>, isTerminal = false, secrets: readonly string[] = []) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return {
    lines,
    log: await createLog(
      { level: "info", format: "text", fields: {}, ...options },
      { stream, isTerminal },
      createRedaction(secrets),
    ),
  };
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test("json: flat, with a level that has a name and a time that can be read", async () => {
  const { log, lines } = await capture({ format: "json", fields: { service: "registry" } });
  log.warn({ requestId: "1", status: 404 }, "told you");
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  assert.match(time, RFC3339);
  assert.deepEqual(rest, { level: "warn", service: "registry", requestId: "1", status: 404, msg: "told you" });
  assert.ok(lines[0]?.endsWith("}\n"));
});

test("text: one line of key=value", async () => {
  const { log, lines } = await capture({ fields: { service: "my registry" } });
  log.info({ repository: "library/alpine", empty: "", nested: { a: 1 } }, 'say "hi"');
  assert.match(lines[0] ?? "", /^time=\d{4}-\S+Z level=info msg="say \\"hi\\"" service="my registry" /);
  assert.match(lines[0] ?? "", / repository=library\/alpine empty="" nested="\{\\"a\\":1\}"\n$/);
});

test("text: an error on one line, with its stack and causes", async () => {
  const { log, lines } = await capture({});
  log.error({ err: new Error("no room", { cause: new Error("disk full") }) }, "failed");
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", / err="no room: disk full" err\.stack="Error: no room\\n.*disk full/);
  assert.equal(lines[0]?.indexOf("\n"), (lines[0]?.length ?? 0) - 1);
});

test("text on a terminal is for eyes", async () => {
  const { log, lines } = await capture({}, true);
  log.info({ tag: "x" }, "hello");
  assert.match(lines.join(""), /\[\d\d:\d\d:\d\d\].*INFO.*: .*hello/);
});

test("the level decides what is said", async () => {
  const { log, lines } = await capture({ level: "warn" });
  log.info({}, "quiet");
  log.warn({}, "loud");
  assert.equal(lines.length, 1);
});

test("credentials are not logged", async () => {
  const { log, lines } = await capture({ format: "json" });
  const headers = { authorization: "Basic c2VjcmV0", cookie: "secret", accept: "*/*" };
  log.info({ headers, request: { headers }, authorization: "Bearer secret" }, "x");
  log.child({ headers }).info({}, "y");
  assert.doesNotMatch(lines.join(), /c2VjcmV0|secret/);
  assert.match(lines.join(), /\*\/\*/);
});

test("secrets that somebody quotes are masked, in every notation of a line", async () => {
  const secret = 'a "secret"/+\n of two lines';
  for (const [format, isTerminal] of [
    ["json", false],
    ["text", false],
    ["text", true],
  ] as const) {
    const { log, lines } = await capture({ format }, isTerminal, [secret]);
    const cause = new Error(`the key is ${secret}!`);
    log.error({ err: new Error("refused", { cause }), nested: { text: secret } }, `not with ${secret}`);
    log.info({ url: `https://x/?${encodeURIComponent(secret)}` }, "asked");
    const text = lines.join("");
    assert.ok(!text.includes("of two lines") && !text.includes("of%20two"), text);
    assert.match(text, /the key is \*\*\*!/);
    assert.match(text, /not with \*\*\*/);
  }
});
