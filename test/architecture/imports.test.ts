/** Who may know whom. A request goes from HTTP through the registry into a driver, and nothing points back up. */
import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");

interface Import {
  readonly file: string;
  /** A path from the root, or the name of a package. */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

async function readSources(): Promise<Source[]> {
  const sources: Source[] = [];
  for await (const name of glob("{src,drivers}/**/*.ts", { cwd: ROOT })) {
    const file = name.replaceAll("\\", "/");
    const text = await readFile(join(ROOT, file), "utf8");
    const imports = [
      ...[...text.matchAll(STATEMENT)].map(([, type, target = ""]) => ({ target, isTypeOnly: type !== undefined })),
      ...[...text.matchAll(DYNAMIC)].map(([, target = ""]) => ({ target, isTypeOnly: false })),
    ].map(({ target, isTypeOnly }) => ({ file, isTypeOnly, target: resolveTarget(file, target) }));
    sources.push({ file, text, imports });
  }
  return sources;
}

function resolveTarget(file: string, target: string): string {
  if (!target.startsWith(".")) return target.startsWith("node:") ? "node:" : target;
  return relative(ROOT, resolve(ROOT, dirname(file), target)).replaceAll("\\", "/");
}

const sources = await readSources();
const isOurs = (target: string) => target.startsWith("src/") || target.startsWith("drivers/");

interface Room {
  readonly files: string;
  /** Beginnings of paths. */
  readonly may: readonly string[];
  /** Only the shapes of things, nothing that runs. */
  readonly mayKnowTypesOf?: readonly string[];
  /** Every other package is refused. */
  readonly packages?: readonly string[];
}

const ROOMS: readonly Room[] = [
  { files: "src/oci/", may: ["src/oci/"], packages: ["zod"] },
  {
    files: "src/registry/",
    may: ["src/registry/", "src/oci/", "src/runtime.ts", "drivers/contract.ts", "drivers/errors.ts"],
    packages: ["lru-cache", "zod"],
  },
  { files: "src/auth/", may: ["src/auth/", "src/oci/", "src/runtime.ts"] },
  {
    files: "src/http/",
    may: ["src/http/", "src/oci/", "src/registry/", "src/auth/", "src/runtime.ts"],
    mayKnowTypesOf: ["drivers/contract.ts"],
  },
];

/** Each with its reason. */
const EXCEPTIONS: readonly (readonly [file: string, target: string, reason: string])[] = [
  ["src/http/errors.ts", "drivers/errors.ts", "the one table from errors to status codes"],
  ["src/http/request-body.ts", "drivers/spent-memory.ts", "memory of messages is given back in one way, in and out"],
];

const isExcepted = ({ file, target }: Import) => EXCEPTIONS.some(([from, to]) => from === file && to === target);
const shown = ({ file, target }: Import) => `${file} imports ${target}`;

test("the pattern finds the imports", () => {
  const app = sources.find(({ file }) => file === "src/app.ts");
  const targets = app?.imports.map(({ target }) => target) ?? [];
  for (const target of ["express", "src/http/dispatch.ts", "src/registry/registry.ts"])
    assert.ok(targets.includes(target));
  assert.ok(sources.length > 100);
});

for (const { files, may, mayKnowTypesOf = [], packages } of ROOMS) {
  test(`${files} knows only ${may.join(", ")}`, () => {
    const imports = sources.filter(({ file }) => file.startsWith(files)).flatMap((source) => source.imports);
    assert.ok(imports.length > 0);
    const refused = imports.filter((found) => {
      const { target, isTypeOnly } = found;
      if (target === "node:") return false;
      if (!isOurs(target)) return packages !== undefined && !packages.includes(target);
      const allowed = isTypeOnly ? [...may, ...mayKnowTypesOf] : may;
      return !allowed.some((beginning) => target.startsWith(beginning)) && !isExcepted(found);
    });
    assert.deepEqual(refused.map(shown), []);
  });
}

test("only HTTP knows Express", () => {
  const outside = sources.filter(({ file }) => /^(?:src\/(?:oci|registry|auth|config)|drivers)\//.test(file));
  const refused = outside.flatMap(({ imports }) => imports).filter(({ target }) => target === "express");
  assert.deepEqual(refused.map(shown), []);
});

/** Drivers that speak the protocol of another. */
const KIN: Readonly<Record<string, readonly string[]>> = { oss: ["s3"] };

test("a driver knows the contract, what all drivers share, and itself", () => {
  const refused = sources
    .filter(({ file }) => file.startsWith("drivers/"))
    .flatMap(({ imports }) => imports)
    .filter(({ file, target }) => {
      if (!isOurs(target)) return false;
      if (!target.startsWith("drivers/")) return true;
      const [, folder = "", ...inFolder] = file.split("/");
      const [, other = "", ...inOther] = target.split("/");
      const isShared = inOther.length === 0;
      // The table of drivers is there to know them.
      if (inFolder.length === 0) return !isShared && folder !== "open.ts";
      return other !== folder && (isShared ? other === "open.ts" : !KIN[folder]?.includes(other));
    });
  assert.deepEqual(refused.map(shown), []);
});

test("nobody but the table of drivers, and the layers around it, knows a driver's folder", () => {
  const folders = new Set(
    sources
      .flatMap(({ file }) => /^drivers\/([^/]+)\/driver\.ts$/.exec(file)?.[1] ?? [])
      .map((name) => `drivers/${name}/`),
  );
  const refused = sources
    .filter(({ file }) => file.startsWith("src/"))
    .flatMap(({ imports }) => imports)
    .filter(({ target }) => [...folders].some((folder) => target.startsWith(folder)));
  assert.deepEqual(refused.map(shown), []);
});

const READS_ENVIRONMENT: readonly (readonly [file: string, reason: string])[] = [
  ["src/config/load.ts", "the configuration"],
  ["src/main.ts", "how many threads Node has for files, which only the environment can tell it"],
  ["drivers/agents.ts", "the proxies that every program of the machine is told to use"],
];

test("nobody reads the environment but the configuration", () => {
  const known = READS_ENVIRONMENT.map(([file]) => file);
  const readers = sources.filter(({ text }) => /\bprocess\s*\.\s*env\b/.test(text)).map(({ file }) => file);
  assert.deepEqual(
    readers.filter((file) => !known.includes(file)),
    [],
  );
});

test("nobody writes to the console", () => {
  const writers = sources.filter(({ text }) => /^(?!\s*(?:\*|\/)).*\bconsole\s*\.\s*\w+\(/m.test(text));
  assert.deepEqual(
    writers.map(({ file }) => file),
    [],
  );
});

test("every exception is needed", () => {
  const imports = sources.flatMap((source) => source.imports);
  for (const [file, target] of EXCEPTIONS) {
    assert.ok(
      imports.some((found) => found.file === file && found.target === target),
      `${file} imports ${target}`,
    );
  }
  for (const [file] of READS_ENVIRONMENT) {
    assert.ok(sources.find((source) => source.file === file)?.text.includes("process.env"), file);
  }
});
