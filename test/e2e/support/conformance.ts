/** The official conformance suite: opencontainers/distribution-spec, folder conformance. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { temporaryDirectory } from "./directories.ts";
import { type JunitReport, readJunit } from "./junit.ts";
import { start } from "./programs.ts";
import { toolPath } from "./tools.ts";

export const CONFORMANCE_VERSIONS = ["1.1", "dev"] as const;
export type ConformanceVersion = (typeof CONFORMANCE_VERSIONS)[number];

/** The dev version asks for a header on whatever answers in the end, and a store's own answer cannot have it. */
export const REDIRECTS: Readonly<
  Record<ConformanceVersion, { readonly env: Record<string, string>; readonly why: string }>
> = {
  "1.1": { env: {}, why: "blobs are redirected to the bucket" },
  dev: {
    env: { REGISTRY_STORAGE_REDIRECT_DISABLE: "true" },
    why: "redirects are off: dev wants Docker-Content-Digest on the last answer, which with a redirect is the store's own",
  },
};

/** What the suite leaves out of a version unless it is told to: its README, "Environment Variables". */
const OFF_BY_DEFAULT: Readonly<Record<ConformanceVersion, readonly string[]>> = {
  "1.1": ["Blob upload cancel", "Manifest put with tag params", "Sparse Manifests", "Tag Param", "Tag Param sha512"],
  dev: ["Sparse Manifests"],
};

interface Results {
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/**
 * Several processes know of a blob's holders only what each has seen itself; a mount that names none is then answered with
 * an upload, which the specification allows, and the suite skips.
 */
export const MOUNTS_BY_CHANCE: Optional = { api: "Blob anonymous mount", reason: "fell back to blob POST+PUT" };

export interface Optional {
  /** As the suite calls it in its results. */
  readonly api: string;
  /** What the suite says when it skips it. */
  readonly reason: string;
}

/** Rejects unless everything passes that the suite tests of that version by default, but for what is `optional`. */
export async function assertConforms(
  t: TestContext,
  version: ConformanceVersion,
  host: string,
  { optional = [] }: { readonly optional?: readonly Optional[] } = {},
): Promise<void> {
  const { report, results } = await runSuite(version, host);

  t.diagnostic(`${report.tests} tests, ${report.failures} failures, ${report.errors} errors`);
  for (const { name, reason } of report.skipped) t.diagnostic(`skipped: ${name}: ${reason.slice(0, 300)}`);
  assert.deepEqual(report.failed, []);
  assert.equal(report.failures + report.errors, 0);
  assert.ok(report.tests > 500, "the suite has hardly run");

  const notPassed = Object.entries({ ...results.apis, ...results.data }).filter(([, result]) => result !== "Pass");
  const mayBeLeftOut = [...OFF_BY_DEFAULT[version], ...optional.map(({ api }) => api)];
  assert.deepEqual(
    notPassed.filter(([name]) => !mayBeLeftOut.includes(name)),
    [],
    "the suite has left out what it should test by default",
  );
  const mayBeSaid = ["disabled in the configuration", ...optional.map(({ reason }) => reason)];
  const unexpected = report.skipped.filter(({ reason }) => !mayBeSaid.some((words) => reason.includes(words)));
  assert.deepEqual(unexpected, [], "a skip that is not a default of the suite");
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
