import { test } from "node:test";
import { assertConforms, CONFORMANCE_VERSIONS } from "./support/conformance.ts";
import { startMoorage } from "./support/moorage.ts";
import { missing } from "./support/tools.ts";

const skip = missing("conformance");

for (const driver of ["inmemory", "filesystem"] as const) {
  for (const version of CONFORMANCE_VERSIONS) {
    test(`OCI conformance ${version} on ${driver}`, { skip }, async (t) => {
      const registry = await startMoorage(t, { driver });
      await assertConforms(t, version, registry.host);
    });
  }
}
