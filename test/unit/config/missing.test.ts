/** Sections of distribution's that this version does not have: what they forbid must not become allowed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCatalogue } from "../../../src/config/catalogue.ts";
import { driverSchemas } from "../../../src/config/settings/drivers.ts";
import { missingSections } from "../../../src/config/settings/missing.ts";
import { MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

/** A section `a.b` as YAML, after MINIMUM. */
function sectionAt(path: string, content: string): string {
  const keys = path.split(".");
  const [first, second] = keys;
  if (first === "storage") return `version: 0.1\nstorage:\n  ${second}: ${content}\n`;
  return `${MINIMUM}${keys.map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n")} ${content}\n`;
}

const { root } = createCatalogue(driverSchemas);
const isMissing = (path: string) =>
  path.split(".").reduce<typeof root | undefined>((level, key) => level?.children.get(key), root)?.missing !==
  undefined;

for (const [path, { effect, sentence }] of Object.entries(missingSections).filter(([path]) => isMissing(path))) {
  test(`${path}: ${effect}`, async () => {
    const yaml = sectionAt(path, "{something: {enabled: true}}");
    const said = effect === "stop" ? await mistakesOf({ yaml }) : await warningsOf({ yaml });
    assert.equal(said.length, 1);
    assert.ok(said[0]?.startsWith(path) && said[0].endsWith(sentence), said[0]);
  });

  test(`${path}, from a variable`, async () => {
    const environment = { [`REGISTRY_${path.replaceAll(".", "_").toUpperCase()}_SOMETHING_ENABLED`]: "true" };
    const said = effect === "stop" ? await mistakesOf({ environment }) : await warningsOf({ environment });
    assert.equal(said.length, 1);
    assert.ok(said[0]?.startsWith(Object.keys(environment)[0] ?? "-"), said[0]);
  });
}

test("nothing is asked for by a section without values", async () => {
  const yaml = `${MINIMUM}auth:\nproxy: {remoteurl: "", username: }\nhttp: {tls: {certificate: "", clientcas: []}}\n`;
  assert.deepEqual(await mistakesOf({ yaml }), []);
  assert.deepEqual(await mistakesOf({ environment: { REGISTRY_HTTP_TLS_CERTIFICATE: "", REGISTRY_AUTH: "" } }), []);
});

test("a driver is asked for by its name alone", async () => {
  const known = new Set(Object.keys(driverSchemas));
  for (const name of ["s3", "azure", "gcs", "oss", "swift"].filter((driver) => !known.has(driver))) {
    assert.deepEqual(await mistakesOf({ environment: { REGISTRY_STORAGE: name } }), [
      `REGISTRY_STORAGE (environment): the storage driver ${name} is not in this version`,
    ]);
  }
});
