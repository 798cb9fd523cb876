import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { driverContract } from "./suite.ts";

driverContract("filesystem", async () => {
  const directory = await temporaryDirectory();
  const open = () => openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    async leftovers() {
      const found = await readdir(join(directory.path, "moorage/tmp"), { recursive: true });
      return found.filter((name) => name !== "multipart");
    },
    async close() {
      await Promise.all([driver.close(), second.close()]);
      await directory.remove();
    },
  };
});
