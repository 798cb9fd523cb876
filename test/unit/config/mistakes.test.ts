import assert from "node:assert/strict";
import { test } from "node:test";
import { MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

test("all mistakes at once, by the name that was written, with place, value and remedy", async () => {
  const mistakes = await mistakesOf({
    yaml: `version: 0.2
log:
  level: verbose
storage:
  filesystem:
    rootdirectory: ""
    maxthreads: many
  delete:
    enabled: perhaps
  maintenance:
    uploadpurging: {age: 7d, interval: 1000h}
http:
  addr: 5000
  host: registry.example.com
  prefix: ../x
  trustedproxies: [10.0.0.0/8, 10.0.0.0/33]
  debug: nowhere
validation:
  manifests:
    urls: {allow: ['\\z']}
    indexes:
      platforms: list
      platformlist: [{os: linux}]
`,
    environment: { REGISTRY_CATALOG_MAXENTRIES: "-1", REGISTRY_HTTP_STALLTIMEOUT: "soon" },
    dotenv: "REGISTRY_MANIFESTS_MAXBYTES=4MiB\n",
  });
  const expected = [
    /^version = "0\.2" \(config\.yml:1\): write version: 0\.1$/,
    /^log\.level = "verbose" \(config\.yml:3\): write error, warn, info or debug$/,
    /^storage\.filesystem\.rootdirectory = "" \(config\.yml:6\): write the path/,
    /^storage\.filesystem\.maxthreads = "many" \(config\.yml:7\): write a whole number/,
    /^storage\.delete\.enabled = "perhaps" \(config\.yml:9\): write true or false$/,
    /^storage\.maintenance\.uploadpurging\.age = "7d" \(config\.yml:11\): write a duration such as/,
    /^storage\.maintenance\.uploadpurging\.interval = "1000h" \(config\.yml:11\): write a duration of at most 596h$/,
    /^http\.addr = "5000" \(config\.yml:13\): write an address such as :5000/,
    /^http\.host = "registry\.example\.com" \(config\.yml:14\): write an absolute URL/,
    /^http\.prefix = "\.\.\/x" \(config\.yml:15\): write a path such as/,
    /^http\.trustedproxies\[1\] = "10\.0\.0\.0\/33" \(config\.yml:16\): write an address, a block/,
    /^http\.debug = "nowhere" \(config\.yml:17\): write a section with addr, prometheus$/,
    /^validation\.manifests\.urls\.allow\[0\] = "\\\\z" \(config\.yml:20\): write a regular expression \(/,
    /^validation\.manifests\.indexes\.platformlist\[0\] = \{"os":"linux"\} \(config\.yml:23\): architecture: write a text$/,
    /^REGISTRY_CATALOG_MAXENTRIES = "-1" \(environment\): write a whole number, 0 or more$/,
    /^REGISTRY_HTTP_STALLTIMEOUT = "soon" \(environment\): write a duration/,
    /^REGISTRY_MANIFESTS_MAXBYTES = "4MiB" \(\.env:1\): write a whole number, 1024 or more$/,
  ];
  for (const pattern of expected) {
    assert.ok(
      mistakes.some((mistake) => pattern.test(mistake)),
      `${pattern} in\n${mistakes.join("\n")}`,
    );
  }
  assert.equal(mistakes.length, expected.length, mistakes.join("\n"));
});

test("a secret is never shown", async () => {
  const mistakes = await mistakesOf({ yaml: `${MINIMUM}http:\n  secret:\n    - {hush: hush}\n    - {hush: hush}\n` });
  assert.deepEqual(mistakes, [
    "http.secret[0] = *** (config.yml:6): write a text",
    "http.secret[1] = *** (config.yml:7): write a text",
  ]);
});

test("a long value is cut", async () => {
  const [mistake = ""] = await mistakesOf({ environment: { REGISTRY_HTTP_ADDR: "x".repeat(1000) } });
  assert.ok(mistake.length < 250);
});

test("what is missing is said, too", async () => {
  assert.deepEqual(await mistakesOf({ yaml: "log: {level: info}\n" }), [
    "version (not set): write version: 0.1",
    "storage (config.yml:1): name a storage driver, such as filesystem",
  ]);
  assert.deepEqual(await mistakesOf({ yaml: "" }), [
    "configuration file (config.yml): write sections: version, storage, http",
  ]);
});

test("a file that is no YAML, and mistakes elsewhere", async () => {
  const mistakes = await mistakesOf({ yaml: "a: [b\nc: *d\n", environment: { REGISTRY_HTTP_ADDR: "x" } });
  assert.match(mistakes.join("\n"), /^YAML \(config\.yml:2\): /m);
  assert.match(mistakes.join("\n"), /^REGISTRY_HTTP_ADDR = "x"/m);
});

test("an alias without its anchor, and one inside itself", async () => {
  assert.match((await mistakesOf({ yaml: "a: *b\n" })).join(), /there is no anchor called b/);
  assert.match((await warningsOf({ yaml: `${MINIMUM}x: &x [*x, *x]\n` })).join(), /^x is not a setting/);
});

test("a file that is not there", async () => {
  assert.deepEqual(await mistakesOf({ environment: { REGISTRY_CONFIGURATION_PATH: "/nowhere.yml" } }), [
    "configuration file (/nowhere.yml): cannot be read (ENOENT)",
  ]);
});

test("a list of platforms without the list", async () => {
  const environment = { REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMS: "list" };
  assert.deepEqual(await mistakesOf({ environment }), [
    'REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMS = "list" (environment): ' +
      "name the platforms in validation.manifests.indexes.platformlist",
  ]);
});

test("a driver that we do not have", async () => {
  assert.deepEqual(await mistakesOf({ yaml: "version: 0.1\nstorage: {filesytem: {}}\n" }), [
    "storage.filesytem (config.yml:2): there is no storage driver or setting called filesytem; did you mean filesystem?",
  ]);
});

test("numbers without a unit are taken as distribution takes them, with a warning", async () => {
  assert.match(
    (await warningsOf({ yaml: `${MINIMUM}http: {draintimeout: 30}\n` })).join(),
    /^http\.draintimeout a number without a unit counts nanoseconds.*write 30s/,
  );
  assert.deepEqual(await warningsOf({ yaml: `${MINIMUM}http: {draintimeout: 0}\n` }), []);
});
