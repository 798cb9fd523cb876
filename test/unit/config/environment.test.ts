import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Config } from "../../../src/config/config.ts";
import type { Environment } from "../../../src/config/variables.ts";
import { load, MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

const configOf = async (environment: Environment, yaml?: string): Promise<Config> =>
  (await load({ environment, ...(yaml !== undefined && { yaml }) })).config;

test("distribution's rules", async (t) => {
  await t.test("a variable wins over the file, whatever its case", async () => {
    const yaml = `${MINIMUM}http: {addr: ':1', prefix: /a/}\n`;
    const { http } = await configOf({ registry_HTTP_addr: ":2" }, yaml);
    assert.deepEqual([http.address, http.prefix], [{ kind: "tcp", host: undefined, port: 2 }, "/a/"]);
  });

  await t.test("values are YAML, for a setting or a whole section", async () => {
    const { storage, http } = await configOf({
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING: '{"enabled": false, "age": 1h}',
      REGISTRY_HTTP_HEADERS: "{X-A: [b, c]}",
    });
    assert.equal(storage.uploadPurging.enabled, false);
    assert.equal(storage.uploadPurging.ageMilliseconds, 3_600_000);
    assert.deepEqual(http.headers, { "X-A": ["b", "c"] });
  });

  await t.test("in lexical order, so a section does not undo its settings", async () => {
    const { storage } = await configOf({
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE: "2h",
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING: "{age: 1h, dryrun: true}",
    });
    assert.equal(storage.uploadPurging.ageMilliseconds, 7_200_000);
    assert.equal(storage.uploadPurging.dryRun, true);
  });

  await t.test("REGISTRY_STORAGE names the driver and drops the rest of the section", async () => {
    const yaml = "version: 0.1\nstorage:\n  filesystem: {rootdirectory: /x}\n  delete: {enabled: true}\n";
    const { storage } = await configOf({ REGISTRY_STORAGE: "inmemory" }, yaml);
    assert.equal(storage.driver.name, "inmemory");
    assert.equal(storage.deletes, false);
    const again = await configOf(
      { REGISTRY_STORAGE: "filesystem", REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/y" },
      yaml,
    );
    assert.deepEqual(again.storage.driver.parameters, { rootdirectory: "/y", maxthreads: 100 });
  });

  await t.test("lists by index, which may grow by one", async () => {
    const yaml = `${MINIMUM}http: {trustedproxies: [10.0.0.1]}\n`;
    const { http } = await configOf(
      { REGISTRY_HTTP_TRUSTEDPROXIES_0: "10.0.0.2", REGISTRY_HTTP_TRUSTEDPROXIES_1: "10.0.0.3" },
      yaml,
    );
    assert.deepEqual(http.trustedProxies, ["10.0.0.2", "10.0.0.3"]);
    assert.deepEqual(await mistakesOf({ yaml, environment: { REGISTRY_HTTP_TRUSTEDPROXIES_2: "10.0.0.2" } }), [
      "REGISTRY_HTTP_TRUSTEDPROXIES_2 (environment): the list has 1 entries, so the next one is 1",
    ]);
    const { validation } = await configOf({
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMS: "list",
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMLIST_0_OS: "linux",
      REGISTRY_VALIDATION_MANIFESTS_INDEXES_PLATFORMLIST_0_ARCHITECTURE: "arm64",
    });
    assert.deepEqual(validation.indexPlatforms, [{ os: "linux", architecture: "arm64" }]);
  });

  await t.test("an empty variable takes back what the file said", async () => {
    const { http } = await configOf({ REGISTRY_HTTP_ADDR: "" }, `${MINIMUM}http: {addr: ':1'}\n`);
    assert.deepEqual(http.address, { kind: "tcp", host: "127.0.0.1", port: 5000 });
  });

  await t.test("the format's version is the file's", async () => {
    assert.match((await warningsOf({ environment: { REGISTRY_VERSION: "0.2" } })).join(), /^REGISTRY_VERSION is not/);
  });

  await t.test("REGISTRY_CONFIGURATION_PATH names the file", async () => {
    const { config } = await load({
      environment: { REGISTRY_CONFIGURATION_PATH: "DIR/other.yml" },
      files: { "other.yml": `${MINIMUM}catalog: {maxentries: 3}\n` },
    });
    assert.equal(config.catalog.maxEntries, 3);
  });
});

test("what people expect, where distribution has a trap", async (t) => {
  await t.test("nested maps by their settings", async () => {
    const { storage } = await configOf({
      REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: "true",
      REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE: "1h",
    });
    assert.equal(storage.readOnly, true);
    assert.equal(storage.uploadPurging.ageMilliseconds, 3_600_000);
    assert.equal(storage.uploadPurging.enabled, true);
  });

  await t.test("also on top of a file that has the map", async () => {
    const yaml = `${MINIMUM}  maintenance: {readonly: {enabled: true}}\n`;
    const { storage } = await configOf({ REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: "false" }, yaml);
    assert.equal(storage.readOnly, false);
  });

  await t.test("a driver takes the place of the built-in one", async () => {
    const { storage } = await configOf({ REGISTRY_STORAGE_INMEMORY: "{}" });
    assert.equal(storage.driver.name, "inmemory");
    assert.equal(storage.deletes, true);
    assert.equal((await configOf({ REGISTRY_STORAGE_INMEMORY: "" })).storage.driver.name, "inmemory");
  });

  await t.test("but two that were asked for are a mistake", async () => {
    const yaml = "version: 0.1\nstorage:\n  filesystem: {rootdirectory: /x}\n";
    assert.deepEqual(await mistakesOf({ yaml, environment: { REGISTRY_STORAGE_INMEMORY: "{}" } }), [
      "storage (config.yml:1): more than one storage driver: filesystem (storage.filesystem, config.yml:3) and inmemory " +
        "(REGISTRY_STORAGE_INMEMORY, environment); keep one, or set REGISTRY_STORAGE to its name",
    ]);
    const both = { REGISTRY_STORAGE_INMEMORY: "{}", REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/x" };
    assert.equal((await mistakesOf({ environment: both })).length, 1);
  });

  await t.test("quoted booleans and numbers, as Compose files have them", async () => {
    const { storage, catalog } = await configOf({
      REGISTRY_STORAGE_DELETE_ENABLED: '"false"',
      REGISTRY_CATALOG_MAXENTRIES: '"7"',
    });
    assert.deepEqual([storage.deletes, catalog.maxEntries], [false, 7]);
  });

  await t.test("lists with commas", async () => {
    const { http } = await configOf({ REGISTRY_HTTP_TRUSTEDPROXIES: "loopback, 10.0.0.0/8" });
    assert.deepEqual(http.trustedProxies, ["loopback", "10.0.0.0/8"]);
  });

  await t.test("headers, whose names have dashes", async () => {
    const { http } = await configOf({
      REGISTRY_HTTP_HEADERS_X_CONTENT_TYPE_OPTIONS: "sniff",
      REGISTRY_HTTP_HEADERS_STRICT_TRANSPORT_SECURITY: "max-age=1, preload",
      "REGISTRY_HTTP_HEADERS_X-FRAME-OPTIONS": "[DENY]",
      REGISTRY_HTTP_HEADERS_LINK_0: "a",
    });
    assert.deepEqual(http.headers, {
      "X-Content-Type-Options": ["sniff"],
      "strict-transport-security": ["max-age=1, preload"],
      "x-frame-options": ["DENY"],
      link: ["a"],
    });
  });

  await t.test("fields of the log", async () => {
    assert.deepEqual((await configOf({ REGISTRY_LOG_FIELDS_SERVICE_NAME: "x" })).log.fields, { service_name: "x" });
  });
});

test("secrets", async (t) => {
  const long = "0123456789abcdef";

  await t.test("a secret is text, whatever YAML would make of it", async () => {
    const awkward = [
      "0123456789012345",
      "*0123456789abcdef",
      "{0123456789abcdef}",
      "@a: b: 0123456789",
      "1e100000000000000",
      "true",
    ];
    for (const secret of awkward) {
      assert.deepEqual((await configOf({ REGISTRY_HTTP_SECRET: secret })).http.secrets, [secret]);
    }
  });

  await t.test("several, of which the first signs", async () => {
    const environment = {
      REGISTRY_HTTP_SECRET_0: "new-0123456789abcdef",
      REGISTRY_HTTP_SECRET_1: "old-0123456789abcdef",
    };
    assert.deepEqual((await configOf(environment)).http.secrets, Object.values(environment));
    const yaml = `${MINIMUM}http: {secret: [${long}1, ${long}2]}\n`;
    assert.deepEqual((await configOf({}, yaml)).http.secrets, [`${long}1`, `${long}2`]);
  });

  await t.test("from a file", async () => {
    const { config } = await load({
      environment: { REGISTRY_HTTP_SECRET_FILE: "DIR/secret" },
      files: { secret: `${long}: \n` },
    });
    assert.deepEqual(config.http.secrets, [`${long}: `]);
  });

  await t.test("from several files", async () => {
    const { config } = await load({
      environment: { REGISTRY_HTTP_SECRET_0_FILE: "DIR/new", REGISTRY_HTTP_SECRET_1_FILE: "DIR/old" },
      files: { new: `${long}n`, old: `${long}o\r\n` },
    });
    assert.deepEqual(config.http.secrets, [`${long}n`, `${long}o`]);
  });

  await t.test("files that are missing, empty, or too much", async () => {
    assert.deepEqual(await mistakesOf({ environment: { REGISTRY_HTTP_SECRET_FILE: "/nowhere/secret" } }), [
      "REGISTRY_HTTP_SECRET_FILE (environment): cannot read /nowhere/secret (ENOENT)",
    ]);
    assert.match(
      (await mistakesOf({ environment: { REGISTRY_HTTP_SECRET_FILE: "DIR/secret" }, files: { secret: "\n" } })).join(),
      /is empty$/,
    );
    const both = { REGISTRY_HTTP_SECRET_FILE: "DIR/secret", REGISTRY_HTTP_SECRET: long };
    assert.deepEqual(await mistakesOf({ environment: both, files: { secret: long } }), [
      "REGISTRY_HTTP_SECRET_FILE (environment): keep either REGISTRY_HTTP_SECRET_FILE or REGISTRY_HTTP_SECRET",
    ]);
  });

  await t.test("only for secrets", async () => {
    assert.match(
      (await warningsOf({ environment: { REGISTRY_HTTP_ADDR_FILE: "/x" } })).join(),
      /REGISTRY_HTTP_ADDR\?$/,
    );
  });

  await t.test("a short one is warned about, and not shown", async () => {
    const [warning] = await warningsOf({ environment: { REGISTRY_HTTP_SECRET: "tiny" } });
    assert.match(warning ?? "", /shorter than 16/);
    assert.doesNotMatch(warning ?? "", /tiny/);
  });
});

test(".env", async (t) => {
  await t.test("counts where the environment says nothing", async () => {
    const { config } = await load({
      dotenv: "# a comment\nREGISTRY_CATALOG_MAXENTRIES=1\nREGISTRY_TAGS_MAXTAGS='2'\n",
      environment: { REGISTRY_TAGS_MAXTAGS: "3" },
    });
    assert.deepEqual([config.catalog.maxEntries, config.tags.maxTags], [1, 3]);
  });

  await t.test("is named with the line", async () => {
    assert.deepEqual(await mistakesOf({ dotenv: "A=b\n\nexport REGISTRY_HTTP_ADDR=5000\n" }), [
      'REGISTRY_HTTP_ADDR = "5000" (.env:3): write an address such as :5000, 127.0.0.1:5000 or [::1]:5000',
    ]);
  });
});

test("unknown variables", async (t) => {
  await t.test("are named, with the nearest known one", async () => {
    assert.deepEqual(await warningsOf({ environment: { REGISTRY_HTTP_ADR: "x", REGISTRY_HTP_SECRET: "y" } }), [
      "REGISTRY_HTP_SECRET is not a setting and is ignored; did you mean REGISTRY_HTTP_SECRET?",
      "REGISTRY_HTTP_ADR is not a setting and is ignored; did you mean REGISTRY_HTTP_ADDR?",
    ]);
  });

  await t.test("of other programs are none of our business", async () => {
    assert.deepEqual(await warningsOf({ environment: { REGISTRYX: "1", PATH: "/", REGISTRY_: "" } }), []);
  });

  await t.test("those that Kubernetes makes for a Service are quiet", async () => {
    const environment = {
      REGISTRY_PORT: "tcp://10.0.0.1:5000",
      REGISTRY_PORT_5000_TCP: "tcp://10.0.0.1:5000",
      REGISTRY_PORT_5000_TCP_ADDR: "10.0.0.1",
      REGISTRY_PORT_5000_TCP_PORT: "5000",
      REGISTRY_PORT_5000_TCP_PROTO: "tcp",
      REGISTRY_SERVICE_HOST: "10.0.0.1",
      REGISTRY_SERVICE_PORT: "5000",
      REGISTRY_SERVICE_PORT_HTTP: "5000",
      // Services called registry-auth, registry-storage and registry-http.
      REGISTRY_AUTH_SERVICE_HOST: "10.0.0.2",
      REGISTRY_AUTH_PORT: "tcp://10.0.0.2:80",
      REGISTRY_STORAGE_SERVICE_PORT: "80",
      REGISTRY_STORAGE_PORT_80_TCP: "tcp://10.0.0.2:80",
      REGISTRY_HTTP_PORT: "tcp://10.0.0.2:80",
    };
    assert.deepEqual(await warningsOf({ environment }), []);
    assert.equal((await warningsOf({ environment }, "debug")).length, Object.keys(environment).length);
  });

  await t.test("but a port that somebody wrote is not Kubernetes'", async () => {
    assert.equal((await warningsOf({ environment: { REGISTRY_HTTP_PORT: "5000" } })).length, 1);
  });

  await t.test("below storage they stop the start: nothing may be stored in the wrong place", async () => {
    assert.deepEqual(await mistakesOf({ environment: { REGISTRY_STORAGE_FILESYTEM_ROOTDIRECTORY: "/x" } }), [
      "REGISTRY_STORAGE_FILESYTEM_ROOTDIRECTORY (environment): there is no storage driver or setting called filesytem; " +
        "did you mean filesystem?",
    ]);
  });
});

test("no variable makes loading fail with anything but a list of mistakes", async () => {
  const words = [
    "HTTP",
    "STORAGE",
    "LOG",
    "ADDR",
    "SECRET",
    "0",
    "1",
    "FILE",
    "HEADERS",
    "FIELDS",
    "DELETE",
    "ENABLED",
    "AUTH",
  ];
  const name = fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 })
    .map((parts) => `REGISTRY_${parts.join("_")}`);
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom("{}", "[]", "[a, b]", "{a: {b: c}}", "true", "1", "*a", "&a [*a]", ":1"),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 6 }), async (environment) => {
      await mistakesOf({ environment });
    }),
    { numRuns: 200 },
  );
});

test("two ways to say the same come out the same", async () => {
  const purging = fc.record({
    enabled: fc.boolean(),
    age: fc.integer({ min: 1, max: 1000 }).map((hours) => `${hours}h`),
    dryrun: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(purging, async (section) => {
      const name = "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING";
      const single = Object.entries(section).map(([key, value]) => [`${name}_${key.toUpperCase()}`, String(value)]);
      const [whole, apart, file] = await Promise.all([
        configOf({ [name]: JSON.stringify(section) }, MINIMUM),
        configOf(Object.fromEntries(single), MINIMUM),
        configOf({}, `${MINIMUM}  maintenance: {uploadpurging: ${JSON.stringify(section)}}\n`),
      ]);
      assert.deepEqual(whole, apart);
      assert.deepEqual(whole, file);
    }),
    { numRuns: 30 },
  );
});
