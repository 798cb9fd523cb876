/** The official conformance suite: opencontainers/distribution-spec, folder conformance. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { temporaryDirectory } from "./support/directories.ts";
import { type JunitReport, readJunit } from "./support/junit.ts";
import { startMoorage } from "./support/moorage.ts";
import { start } from "./support/programs.ts";
import { missing, toolPath } from "./support/tools.ts";

/** What the suite leaves out of a version unless it is told to: its README, "Environment Variables". */
const OFF_BY_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  "1.1": ["Blob upload cancel", "Manifest put with tag params", "Sparse Manifests", "Tag Param", "Tag Param sha512"],
  dev: ["Sparse Manifests"],
};

interface Results {
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

const skip = missing("conformance");

for (const driver of ["inmemory", "filesystem"] as const) {
  for (const version of ["1.1", "dev"]) {
    test(`OCI conformance ${version} on ${driver}`, { skip }, async (t) => {
      const registry = await startMoorage(t, { driver });
      const { report, results } = await runSuite(version, registry.host);

      t.diagnostic(`${report.tests} tests, ${report.failures} failures, ${report.errors} errors`);
      for (const { name, reason } of report.skipped) t.diagnostic(`skipped: ${name}: ${reason}`);
      assert.deepEqual(report.failed, []);
      assert.equal(report.failures + report.errors, 0);
      assert.ok(report.tests > 500, "the suite has hardly run");

      const notPassed = Object.entries({ ...results.apis, ...results.data }).filter(([, result]) => result !== "Pass");
      const off = OFF_BY_DEFAULT[version] ?? [];
      assert.deepEqual(
        notPassed.filter(([name]) => !off.includes(name)),
        [],
        "the suite has left out what it should test by default",
      );
      const unexpected = report.skipped.filter(({ reason }) => !reason.includes("disabled in the configuration"));
      assert.deepEqual(unexpected, [], "a skip that is not a default of the suite");
    });
  }
}

async function runSuite(version: string, host: string): Promise<{ report: JunitReport; results: Results }> {
  const directory = temporaryDirectory();
  const resultsDirectory = join(directory, "results");
  await mkdir(resultsDirectory);
  const suite = start(toolPath("conformance"), [], {
    cwd: directory,
    env: {
      OCI_REGISTRY: host,
      OCI_TLS: "disabled",
      OCI_VERSION: version,
      OCI_RESULTS_DIR: resultsDirectory,
      OCI_REPO1: "conformance/one",
      OCI_REPO2: "conformance/two",
    },
  });
  // It exits with 1 when a test failed, which the report tells better. Without a report, reading it fails.
  await suite.ended;
  return {
    report: readJunit(await readFile(join(resultsDirectory, "junit.xml"), "utf8")),
    results: parse(await readFile(join(resultsDirectory, "results.yaml"), "utf8")),
  };
}
