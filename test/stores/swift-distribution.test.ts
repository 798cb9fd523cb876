/** One container, two registries: what CNCF distribution wrote to Swift is served here, and what was written here is served there. */
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { startMoorage } from "../e2e/support/moorage.ts";
import type { Server } from "../e2e/support/servers.ts";
import { missing } from "../e2e/support/tools.ts";
import { storeServer } from "../support/stores.ts";
import { pushInTurn, SECRET, startTheirs } from "./in-turn.ts";
import { SWIFT } from "./servers.ts";

/** The last version that has a driver for Swift. */
const DISTRIBUTION = "docker-registry";

const authurl = await storeServer(SWIFT);
if (authurl) {
  const options = { skip: missing(DISTRIBUTION) };
  for (const prefix of ["", "/some/prefix"]) {
    test(`pushes alternate between here and ${DISTRIBUTION}, below "${prefix}"`, options, async (t) => {
      const parameters = { authurl, username: "test:tester", password: "testing", container: randomUUID(), prefix };
      await pushInTurn(await startOurs(t, parameters), await startTheirs(t, DISTRIBUTION, { swift: parameters }));
    });
  }
}

function startOurs(t: TestContext, parameters: Readonly<Record<string, string>>): Promise<Server> {
  const storage = Object.entries(parameters).map(([name, value]) => [
    `REGISTRY_STORAGE_SWIFT_${name.toUpperCase()}`,
    value,
  ]);
  return startMoorage(t, {
    driver: "inmemory",
    env: { REGISTRY_HTTP_SECRET: SECRET, REGISTRY_STORAGE: "swift", ...Object.fromEntries(storage) },
  });
}
