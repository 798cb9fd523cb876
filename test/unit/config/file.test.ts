import assert from "node:assert/strict";
import { test } from "node:test";
import { load, MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

test("without a file: a directory, port 5000 of this machine, deletes", async () => {
  const { config, remarks } = await load({});
  assert.deepEqual(config.storage.driver, {
    name: "filesystem",
    parameters: { rootdirectory: "./data", maxthreads: 100 },
  });
  assert.deepEqual(config.http.address, { kind: "tcp", host: "127.0.0.1", port: 5000 });
  assert.equal(config.storage.deletes, true);
  assert.deepEqual(config.http.headers, { "X-Content-Type-Options": ["nosniff"] });
  assert.deepEqual(remarks, []);
});

test("with a file: distribution's defaults, and ours where it has a trap", async () => {
  const { config } = await load({ yaml: MINIMUM });
  assert.equal(config.storage.deletes, false);
  assert.equal(config.storage.redirects, true);
  assert.deepEqual(config.storage.uploadPurging, {
    enabled: true,
    ageMilliseconds: 604_800_000,
    intervalMilliseconds: 86_400_000,
    dryRun: false,
  });
  assert.equal(config.http.relativeLocations, true);
  assert.equal(config.http.drainTimeoutMilliseconds, 30_000);
  assert.equal(config.http.keepAliveTimeoutMilliseconds, 620_000);
  assert.deepEqual(config.http.secrets, []);
  assert.deepEqual(config.http.trustedProxies, []);
  assert.deepEqual(config.catalog, { maxEntries: 1000 });
  assert.deepEqual(config.manifests, { maxBytes: 4_194_304 });
  assert.deepEqual(config.validation, { enabled: true, urls: { allow: [], deny: [] }, indexPlatforms: "all" });
  assert.equal(config.debug, undefined);
});

test("a whole file of distribution's", async () => {
  const { config, remarks } = await load({
    yaml: `
version: 0.1
log:
  accesslog: {disabled: true}
  level: debug
  formatter: json
  fields: {service: registry, environment: staging}
storage:
  filesystem: {rootdirectory: /var/lib/registry, maxthreads: 5}
  delete: {enabled: true}
  redirect: {disable: true}
  cache: {blobdescriptor: inmemory, blobdescriptorsize: 10000}
  tag: {concurrencylimit: 8}
  maintenance:
    uploadpurging: {enabled: true, age: 48h, interval: 1h, dryrun: true}
    readonly: {enabled: true}
auth: none
http:
  addr: localhost:5000
  prefix: /my/nested/registry/
  host: https://myregistryaddress.org:5000
  secret: asecretforlocaldevelopment
  relativeurls: false
  draintimeout: 60s
  debug:
    addr: localhost:5001
    prometheus: {enabled: true, path: /metrics}
  headers: {X-Content-Type-Options: [nosniff]}
  http2: {disabled: true}
  h2c: {enabled: false}
validation:
  manifests:
    urls: {allow: ['^https?://([^/]+\\.)*example\\.com/'], deny: ['^https?://www\\.example\\.com/']}
    indexes:
      platforms: List
      platformlist: [{architecture: amd64, os: linux}]
catalog: {maxentries: 10}
tags: {maxtags: 20}
`,
  });
  assert.deepEqual(remarks, []);
  assert.deepEqual(config.log, {
    level: "debug",
    format: "json",
    fields: { service: "registry", environment: "staging" },
    access: false,
  });
  assert.deepEqual(config.storage.driver.parameters, { rootdirectory: "/var/lib/registry", maxthreads: 25 });
  assert.equal(config.storage.readOnly, true);
  assert.equal(config.http.host, "https://myregistryaddress.org:5000");
  assert.equal(config.http.prefix, "/my/nested/registry/");
  assert.deepEqual(config.debug, { address: { kind: "tcp", host: "localhost", port: 5001 }, metricsPath: "/metrics" });
  assert.ok(config.validation.urls.allow[0]?.test("http://a.example.com/"));
  assert.deepEqual(config.validation.indexPlatforms, [{ architecture: "amd64", os: "linux" }]);
  assert.deepEqual(config.tags, { maxTags: 20 });
});

test("the result cannot be changed", async () => {
  const { config } = await load({ yaml: MINIMUM });
  assert.throws(() => Object.assign(config.http, { prefix: "/x/" }), TypeError);
  assert.ok(Object.isFrozen(config.validation.urls.allow));
});

test("anchors and merge keys", async () => {
  const { config } = await load({
    yaml: `${MINIMUM}
  maintenance:
    uploadpurging: &purging {age: 1h, interval: 2h}
x: &more {<<: *purging, dryrun: true}
catalog: {maxentries: &n 7}
tags: {maxtags: *n}
`,
  });
  assert.deepEqual([config.catalog.maxEntries, config.tags.maxTags], [7, 7]);
  const merged = await load({
    yaml: `version: 0.1
base: &base {age: 1h, interval: 2h}
storage:
  inmemory:
  maintenance:
    uploadpurging: {<<: *base, age: 3h}
`,
  });
  assert.equal(merged.config.storage.uploadPurging.ageMilliseconds, 3 * 3_600_000);
  assert.equal(merged.config.storage.uploadPurging.intervalMilliseconds, 2 * 3_600_000);
});

test("the old name of the log level", async () => {
  const { config } = await load({ yaml: `${MINIMUM}loglevel: error\n` });
  assert.equal(config.log.level, "error");
  assert.deepEqual(await warningsOf({ yaml: `${MINIMUM}loglevel: error\n` }), [
    "loglevel is the old name; write log.level",
  ]);
});

test("a driver by its name alone, and sections by true or false", async () => {
  const { config } = await load({
    yaml: "version: 0.1\nstorage: inmemory\nhttp: {debug: {addr: ':0', prometheus: true}}\n",
    environment: { REGISTRY_STORAGE_MAINTENANCE_READONLY: "yes" },
  });
  assert.equal(config.storage.driver.name, "inmemory");
  assert.equal(config.storage.readOnly, true);
  assert.equal(config.debug?.metricsPath, "/metrics");
});

test("an unknown key is named, with the nearest known one", async () => {
  assert.deepEqual(await warningsOf({ yaml: `${MINIMUM}http: {adr: ':1', draintimout: 1s, xyzzy: 1}\nHttp: {}\n` }), [
    "http.adr is not a setting and is ignored; did you mean addr?",
    "http.draintimout is not a setting and is ignored; did you mean draintimeout?",
    "http.xyzzy is not a setting and is ignored",
    "Http is not a setting and is ignored; did you mean http?",
  ]);
});

test("a key that is there twice counts the last time", async () => {
  const yaml = `${MINIMUM}catalog:\n  maxentries: 1\n  maxentries: 2\n`;
  assert.equal((await load({ yaml })).config.catalog.maxEntries, 2);
  assert.deepEqual(await warningsOf({ yaml }), ["catalog.maxentries is there twice; the last one counts"]);
});

test("what a misspelt section would have forbidden is not allowed silently", async () => {
  assert.deepEqual(await mistakesOf({ yaml: `${MINIMUM}auht: {htpasswd: {realm: x}}\n` }), [
    "auht (config.yml:4): is not a setting; did you mean auth?",
  ]);
});

test("a unix socket", async () => {
  const { config } = await load({ yaml: `${MINIMUM}http: {net: unix, addr: /run/moorage.sock}\n` });
  assert.deepEqual(config.http.address, { kind: "unix", path: "/run/moorage.sock" });
  assert.deepEqual(await mistakesOf({ yaml: `${MINIMUM}http: {net: unix}\n` }), [
    'http.net = "unix" (config.yml:4): set http.addr to the path of the socket',
  ]);
});

test("a driver by its second name", async () => {
  const environment = {
    REGISTRY_STORAGE_S3AWS_BUCKET: "images",
    REGISTRY_STORAGE_S3AWS_REGION: "eu-central-1",
    REGISTRY_HTTP_SECRET: "a secret that all replicas share",
  };
  const { config, text } = await load({ environment });
  assert.equal(config.storage.driver.name, "s3");
  assert.match(text(), /^ {2}s3:\n(?: {4}.*\n)* {4}bucket: images # REGISTRY_STORAGE_S3AWS_BUCKET/m);
});

test("a secret of a driver is masked, also when it is wrong", async () => {
  const yaml =
    "version: 0.1\nstorage: {s3: {bucket: b, region: r, accesskey: a, secretkey: {hush: hush}}}\nhttp: {secret: a secret that all replicas share}\n";
  const [mistake = ""] = await mistakesOf({ yaml });
  assert.match(mistake, /^storage\.s3\.secretkey = \*\*\* /);
  const { text } = await load({ yaml: yaml.replace("{hush: hush}", "hush") });
  assert.doesNotMatch(text(), /hush/);
});

test("a store that replicas share needs a secret that they share", async () => {
  const yaml = "version: 0.1\nstorage: {s3: {bucket: b, region: r}}\n";
  const [mistake = ""] = await mistakesOf({ yaml });
  assert.match(mistake, /^http\.secret \(not set\): set it, to the same on all replicas/);
});

test("an empty text says nothing, as templates often do", async () => {
  const yaml = `${MINIMUM}http: {addr: "", host: "", prefix: "", secret: "", debug: {addr: ""}}\nlog: {level: ""}\n`;
  assert.deepEqual((await load({ yaml })).config, (await load({ yaml: MINIMUM })).config);
});

test("a limit on requests: none by itself, and a burst of ten seconds unless something else is said", async () => {
  const limitOf = async (more: string) =>
    (await load({ yaml: `${MINIMUM}http: {ratelimit: {${more}}}\n` })).config.http.rateLimit;
  assert.equal(await limitOf(""), undefined);
  assert.equal(await limitOf("requestspersecond: 0"), undefined);
  assert.deepEqual(await limitOf("requestspersecond: 20"), { requestsPerSecond: 20, burst: 200 });
  assert.deepEqual(await limitOf("requestspersecond: 20, burst: 30"), { requestsPerSecond: 20, burst: 30 });
});
