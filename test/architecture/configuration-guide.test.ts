import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { variableOf } from "../../src/config/catalogue.ts";
import { resolve } from "../../src/config/destination.ts";
import { catalogue, GUIDE, guideFrom } from "./configuration-documents.ts";

const text = await readFile(GUIDE, "utf8");

test("the tables of docs/configuration.md are those of the settings (node test/architecture/configuration-documents.ts)", () => {
  assert.equal(text, guideFrom(text));
});

test("every variable that it mentions exists", () => {
  const mentioned = new Set(text.match(/\bREGISTRY_[A-Z0-9_]*[A-Z0-9]\b/g));
  const exceptions = new Set(["REGISTRY_CONFIGURATION_PATH", "REGISTRY_PORT", "REGISTRY_SERVICE_HOST"]);
  const unknown = [...mentioned].filter((name) => !exceptions.has(name) && !resolve(name, catalogue.root));
  assert.deepEqual(unknown, []);
});

test("so does every setting that it mentions", () => {
  const prose = text.replaceAll(/<!-- (\w+) -->[\s\S]*?<!-- end of \1 -->/g, "");
  const paths =
    prose.match(/(?<=`)(?:log|storage|http|catalog|tags|manifests|uploads|validation)\.[a-z.]+(?=`)/g) ?? [];
  for (const path of paths) assert.ok(resolve(variableOf(path), catalogue.root), path);
});
