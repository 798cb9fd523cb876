import assert from "node:assert/strict";
import { test } from "node:test";
import { load, MINIMUM } from "./loading.ts";

const yaml = `version: 0.1
log: {fields: {service: registry}}
storage:
  filesystem: {rootdirectory: /srv/registry}
http:
  trustedproxies: [loopback, 10.0.0.0/8]
  headers: {X-A: [b, c]}
validation: {manifests: {urls: {deny: ['^http:']}, indexes: {platforms: list, platformlist: [{os: linux, architecture: amd64}]}}}
`;

test("what is printed can be read, and means the same", async () => {
  const { config, text } = await load({ yaml, environment: { REGISTRY_CATALOG_MAXENTRIES: "5" } });
  const again = await load({ yaml: text() });
  assert.deepEqual(again.config, config);
  assert.deepEqual(again.remarks, []);
});

test("also what is built in", async () => {
  const { config, text } = await load({});
  assert.deepEqual((await load({ yaml: text() })).config, config);
});

test("each value says where it comes from", async () => {
  const { text } = await load({
    yaml,
    environment: { REGISTRY_CATALOG_MAXENTRIES: "5" },
    dotenv: "\nREGISTRY_TAGS_MAXTAGS=6\n",
  });
  assert.match(text(), /^ {4}rootdirectory: \/srv\/registry # \S*config\.yml:4$/m);
  assert.match(text(), /^ {2}maxentries: 5 # REGISTRY_CATALOG_MAXENTRIES \(environment\)$/m);
  assert.match(text(), /^ {2}maxtags: 6 # REGISTRY_TAGS_MAXTAGS \(\.env:2\)$/m);
  assert.match(text(), /^ {2}draintimeout: 30s # default$/m);
});

test("only the chosen driver is there", async () => {
  const { text } = await load({ yaml: MINIMUM });
  assert.match(text(), /^ {2}inmemory: \{\}/m);
  assert.doesNotMatch(text(), /filesystem/);
});

test("secrets are masked, one by one", async () => {
  const hush = "hush-hush-hush-hush";
  const one = await load({ environment: { REGISTRY_HTTP_SECRET: hush } });
  assert.match(one.text(), /^ {2}secret: "\*\*\*" # REGISTRY_HTTP_SECRET \(environment\)$/m);
  const two = await load({ environment: { REGISTRY_HTTP_SECRET: `[${hush}1, ${hush}2]` } });
  assert.match(two.text(), /^ {2}secret: \[ "\*\*\*", "\*\*\*" \]/m);
  assert.doesNotMatch(one.text() + two.text(), /hush/);
});
