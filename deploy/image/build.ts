/**
 * `npm run build`: what the image runs, in `dist`. A few files instead of nine hundred, which are found, read and linked in half
 * the time; drivers and their SDKs stay files of their own, loaded when they are needed. The decision: docs/decisions/0010-bundle.md.
 */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { join, resolve } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../..");
const [, , directory = join(ROOT, "dist")] = process.argv;

/**
 * Packages that are no ES modules ask for parts of Node with `require`. Node says nothing of what is deprecated in packages, and
 * cannot tell here that it is in one.
 */
const BANNER = `
import { createRequire as requireOf } from "node:module";
const require = requireOf(import.meta.url);
process.noDeprecation = true;`;

/** Has a native part for each architecture, which is chosen when it is loaded. */
const NATIVE = "@node-rs/bcrypt";

/**
 * An `import` of node:http touches all that it exports, also Node's own fetch, which nobody here uses: 30 ms and 13 MiB. Taken
 * from Node by a function, it does not.
 */
const withoutFetch: Plugin = {
  name: "without-fetch",
  setup({ onResolve, onLoad }) {
    const values = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, property]) => "value" in property);
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "require-call" ? undefined : { path: "http", namespace: "node" },
    );
    onLoad({ filter: /^http$/, namespace: "node" }, () => ({
      contents: namedExports(
        'process.getBuiltinModule("node:http")',
        values.map(([name]) => name),
      ),
    }));
  },
};

/** `import()` of a package that is no ES module gives its parts by name in Node; here only if they are told. */
const namedParts: Plugin = {
  name: "named-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^https-proxy-agent$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, namespace: "named-parts" } : undefined,
    );
    onLoad({ filter: /./, namespace: "named-parts" }, ({ path }) => ({
      contents: namedExports(`require("${path}")`, ["HttpsProxyAgent"]),
      resolveDir: ROOT,
    }));
  },
};

/** Others that are asked for in that way, by somebody who wants the whole. */
const WHOLE = ["node_modules/mime/index.js", "node_modules/p-limit/index.js", "node_modules/pino-pretty/index.js"];

/**
 * Express comes with what reads bodies and nested queries, with the tables of the character sets that a body may be in, and with what
 * kind of file has which media type: a quarter of what a start would read and compile. Here bodies are bytes, `query parser` is off, and no
 * file has a name. Only of its own answers, which are texts, it has to know how they are called.
 */
const expressWithoutParsers: Plugin = {
  name: "express-without-parsers",
  setup({ onResolve, onLoad }) {
    const express = join(ROOT, "node_modules/express/lib");
    onResolve({ filter: /^(body-parser|qs)$/ }, ({ path, resolveDir }) =>
      resolveDir === express ? { path, namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /./, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
    onLoad({ filter: /\/node_modules\/mime-db\/db\.json$/ }, async ({ path }) => ({
      contents: textsOf(await readFile(path, "utf8")),
      loader: "json",
    }));
  },
};

function textsOf(mediaTypes: string): string {
  const known = Object.entries<{ readonly charset?: string }>(JSON.parse(mediaTypes));
  return JSON.stringify(Object.fromEntries(known.filter(([type, { charset }]) => type.startsWith("text/") || charset)));
}

const namedExports = (expression: string, names: readonly string[]): string =>
  `const all = ${expression};\nexport default all;\nexport const { ${names.join(", ")} } = all;\n`;

await rm(directory, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ["src/main.ts", "deploy/image/entrypoint.ts", "deploy/image/healthcheck.ts"],
  entryNames: "[name]",
  outdir: directory,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  // Of an SDK as ES modules, only what is used is taken.
  mainFields: ["module", "main"],
  target: "node20",
  external: [NATIVE],
  plugins: [withoutFetch, namedParts, expressWithoutParsers],
  banner: { js: BANNER },
  metafile: true,
  logLevel: "warning",
});
refuseUnnamed(metafile);
await cp(join(ROOT, "deploy/image/config.yml"), join(directory, "config.yml"));
await writeFile(join(directory, "LICENSES.txt"), await licencesOf(Object.keys(metafile.inputs)));

function refuseUnnamed({ inputs }: Metafile): void {
  for (const [file, { imports }] of Object.entries(inputs)) {
    const unnamed = imports.find(
      ({ kind, path }) => kind === "dynamic-import" && inputs[path]?.format === "cjs" && !WHOLE.includes(path),
    );
    if (unnamed) throw new Error(`${file} asks for ${unnamed.path} by import(): has it the names that it expects?`);
  }
}

/** Of the packages that these files are from: most licences want to go where the code goes. */
async function licencesOf(inputs: readonly string[]): Promise<string> {
  const roots = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = await Promise.all([...new Set(roots)].sort().map((root) => licenceOf(join(ROOT, root))));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function licenceOf(root: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const files = (await readdir(root)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  return [`${name} ${version}${license ? ` (${license})` : ""}\n`, ...texts].join("\n");
}
