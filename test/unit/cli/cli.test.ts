import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { directoryFor, run } from "./process.ts";

const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));

test("nothing, --help and --version", async (t) => {
  const directory = await directoryFor(t);
  const [nothing, help, long, short] = await Promise.all(
    [[], ["--help"], ["--version"], ["-v"]].map((args) => run(args, {}, directory)),
  );
  assert.match(nothing?.stdout ?? "", /^Usage: moorage /);
  assert.deepEqual(nothing, help);
  assert.equal(nothing?.code, 0);
  assert.deepEqual(long, { code: 0, stdout: `${version}\n`, stderr: "" });
  assert.deepEqual(short, long);
});

test("an unknown command is 1, with where to look", async (t) => {
  const { code, stderr } = await run(["sevre"], {}, await directoryFor(t));
  assert.equal(code, 1);
  assert.match(stderr, /unknown command 'sevre'[\s\S]*Did you mean serve\?[\s\S]*--help/);
});

test("config prints what counts, and what is odd beside it", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "config.yml"), "version: 0.1\nstorage: inmemory\nhtpt: {}\n");
  await writeFile(join(directory, ".env"), "REGISTRY_HTTP_SECRET=hush-hush-hush-hush\n");
  const { code, stdout, stderr } = await run(["config", "config.yml"], { REGISTRY_TAGS_MAXTAGS: "9" }, directory);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}secret: "\*\*\*" # REGISTRY_HTTP_SECRET \(\.env:1\)$/m);
  assert.match(stdout, /^ {2}maxtags: 9 # REGISTRY_TAGS_MAXTAGS \(environment\)$/m);
  assert.equal(stderr, "warning: htpt (config.yml:3) is not a setting and is ignored; did you mean http?\n");
});

test("both say all that is wrong at once, and are 1", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(
    join(directory, "config.yml"),
    "version: 0.1\nstorage: inmemory\nhttp:\n  addr: 5000\nauth: htpasswd\n",
  );
  const environment = { REGISTRY_CATALOG_MAXENTRIES: "many", REGISTRY_CONFIGURATION_PATH: "config.yml" };
  const [config, serve] = await Promise.all(
    ["config", "serve"].map((command) => run([command], environment, directory)),
  );
  assert.deepEqual(config, serve);
  assert.deepEqual(config, {
    code: 1,
    stdout: "",
    stderr: `The configuration has 3 mistakes:
  REGISTRY_CATALOG_MAXENTRIES = "many" (environment): write a whole number, 0 or more
  auth.htpasswd.path (not set): name the file with the passwords
  http.addr = "5000" (config.yml:4): write an address such as :5000, 127.0.0.1:5000 or [::1]:5000
`,
  });
});

test("a port in use is a sentence, and 1", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const environment = {
    REGISTRY_HTTP_ADDR: address,
    REGISTRY_STORAGE: "inmemory",
    REGISTRY_HTTP_SECRET: "x".repeat(32),
  };
  const { code, stderr } = await run(["serve"], environment, await directoryFor(t));
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^time=\S+ level=fatal msg="cannot listen on 127\.0\.0\.1:\d+: another program does\. [^\n]*"\n$/,
  );
});

test("a store that cannot be opened is 1", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "data"), "a file");
  const { code, stderr } = await run(["serve"], { REGISTRY_HTTP_ADDR: "127.0.0.1:0" }, directory);
  assert.equal(code, 1);
  assert.match(stderr, /level=fatal msg="cannot open the store filesystem \.\/data: /);
});
