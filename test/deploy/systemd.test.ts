/** The unit, as systemd itself reads it. It is not started: that takes a systemd which runs the machine. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { run } from "../e2e/support/programs.ts";
import { missing, toolPath } from "../e2e/support/tools.ts";
import { readByRegistry, warningsOf } from "./support/configuration.ts";
import { adapt, shipped } from "./support/files.ts";

const UNIT = shipped("deploy/systemd/moorage@.service");

/** Of 10, which is a service without any protection. */
const MOST_EXPOSURE = 1.5;

async function installed(): Promise<string> {
  const file = join(temporaryDirectory(), "moorage@5000.service");
  await writeFile(file, adapt(UNIT, [["/usr/local/bin/node", process.execPath]]));
  return file;
}

test("systemd finds no mistake in the unit", { skip: missing("systemd-analyze") }, async () => {
  const { stderr } = await run(toolPath("systemd-analyze"), ["verify", await installed()]);
  assert.deepEqual(
    stderr.split("\n").filter((line) => /moorage/.test(line)),
    [],
  );
});

test("systemd finds little that the service could reach", { skip: missing("systemd-analyze") }, async () => {
  const threshold = String(MOST_EXPOSURE * 10);
  await run(toolPath("systemd-analyze"), ["security", "--offline=true", `--threshold=${threshold}`, await installed()]);
});

test("the registry understands its variables, and stops in the time that it has", async () => {
  const inUnit = Object.fromEntries(
    [...UNIT.matchAll(/^Environment=(REGISTRY_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [
      name,
      value.replace("%i", "5000").replace("%d", "/run/credentials"),
    ]),
  );
  const inFile = parseEnv(shipped("deploy/systemd/moorage.env")) as Record<string, string>;
  for (const name of Object.keys(inFile)) assert.ok(!(name in inUnit), `${name} of the file would win over the unit`);
  const loaded = await readByRegistry({ ...inUnit, ...inFile });
  assert.deepEqual(warningsOf(loaded), []);
  const { http } = loaded.config;
  assert.deepEqual(http.address, { kind: "tcp", host: "127.0.0.1", port: 5000 });
  const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(UNIT)?.[1]);
  assert.ok(stop * 1000 > http.drainDelayMilliseconds + http.drainTimeoutMilliseconds);
});
