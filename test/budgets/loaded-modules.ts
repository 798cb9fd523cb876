/** Imported before a program (`--import`): tells in a file of MODULES_DIRECTORY what its process has loaded, Node's own parts as well, once it ends. */
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";

const { MODULES_DIRECTORY = "" } = process.env;
const loaded: string[] = [];

registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
  writeFileSync(join(MODULES_DIRECTORY, String(process.pid)), JSON.stringify([...loaded, ...moduleLoadList]));
});
