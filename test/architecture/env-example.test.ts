import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { variableOf } from "../../src/config/catalogue.ts";
import { PATH_VARIABLE } from "../../src/config/environment.ts";
import { AUTH_SECTIONS } from "../../src/config/settings/auth.ts";
import { load, MINIMUM } from "../unit/config/loading.ts";
import { catalogue, ENV_EXAMPLE, envExample, shownDefault } from "./configuration-documents.ts";

const text = await readFile(ENV_EXAMPLE, "utf8");
const uncommented = text.replaceAll(/^# (?=REGISTRY_\w+=)/gm, "");
const shown = parseEnv(uncommented);

const known = new Set([
  PATH_VARIABLE,
  ...[...catalogue.settings].flatMap(([path, { secret }]) =>
    secret ? [variableOf(path), `${variableOf(path)}_FILE`] : [variableOf(path)],
  ),
]);

test("every variable is in .env.example", () => {
  assert.deepEqual(
    [...known].filter((name) => !(name in shown)),
    [],
  );
});

test("every variable in .env.example exists", () => {
  assert.deepEqual(
    Object.keys(shown).filter((name) => !known.has(name)),
    [],
  );
});

test("with its default, and a line about it", () => {
  for (const [path, setting] of catalogue.settings) {
    assert.equal(shown[variableOf(path)], shownDefault(setting), path);
    assert.match(setting.about, /^[A-Z\d/].*\.$/, `${path} needs a sentence`);
    assert.ok(text.includes(`# ${setting.about}\n# ${variableOf(path)}=`), path);
  }
});

test("it is what the table of settings makes of it (node test/architecture/configuration-documents.ts writes it)", () => {
  assert.equal(text, envExample());
});

test("the defaults that it shows are the ones that count", async () => {
  const ofDrivers = [...catalogue.settings].filter(([, { ofDriver }]) => ofDriver).map(([path]) => variableOf(path));
  // To name a way to log in is to ask for it.
  const isWayToLogIn = (name: string) => AUTH_SECTIONS.some((way) => name.startsWith(variableOf(`auth.${way}`)));
  const said = Object.entries(shown).filter(
    ([name, value]) => value !== "" && !ofDrivers.includes(name) && !isWayToLogIn(name),
  );
  const { config } = await load({ yaml: MINIMUM, environment: Object.fromEntries(said) });
  assert.deepEqual(config, (await load({ yaml: MINIMUM })).config);
});

test("as it is, it sets nothing", () => assert.deepEqual(parseEnv(text), {}));
