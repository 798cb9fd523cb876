/** Wherever Moorage is started, Node gets the same flags: docs/decisions/0012-short-lived-objects.md. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { NODE_FLAGS } from "../bench/peers/moorage.ts";

const ROOT = new URL("../../", import.meta.url);

/** What stands between Node and the program in the line that starts it. */
const STARTS = {
  "package.json": /"start": "node (.*) src\/main\.ts serve"/,
  "deploy/Dockerfile": /^ENTRYPOINT \["\/usr\/local\/bin\/node", (.*), "\/app\/dist\/entrypoint\.js"\]/m,
  "deploy/systemd/moorage@.service": /^ExecStart=\/usr\/local\/bin\/node (.*) \/opt\/moorage\/src\/main\.ts serve/m,
};

for (const [path, start] of Object.entries(STARTS)) {
  test(`${path} starts Node with the flags that were measured`, async () => {
    const flags = start.exec(await readFile(new URL(path, ROOT), "utf8"))?.[1] ?? assert.fail(`no start in ${path}`);
    assert.deepEqual(flags.replaceAll(/[",]/g, "").split(" "), NODE_FLAGS);
  });
}
