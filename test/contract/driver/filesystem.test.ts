import assert from "node:assert/strict";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { filesystemLeftovers } from "./filesystem-leftovers.ts";
import { driverContract } from "./suite.ts";

driverContract("filesystem", async () => {
  const directory = await temporaryDirectory();
  const open = () => openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    leftovers: () => filesystemLeftovers(directory.path),
    async close() {
      await Promise.all([driver.close(), second.close()]);
      await directory.remove();
    },
  };
});
