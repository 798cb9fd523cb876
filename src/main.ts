#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { loadConfiguration } from "./config/load.ts";
import { ConfigurationError, type Remark } from "./config/mistakes.ts";

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));

const FILE = [
  "[config]",
  "configuration file (default: what REGISTRY_CONFIGURATION_PATH names; without one, a registry in ./data)",
] as const;

const program = new Command("moorage")
  .description("A container registry whose only state is a bucket")
  .version(version, "-v, --version")
  .showHelpAfterError("moorage --help tells more");

program
  .command("serve")
  .description("run the registry")
  .argument(...FILE)
  .action(async (file?: string) => {
    const loaded = await loadConfiguration({ file });
    // Loaded only now: whoever wants help or the version should not wait for the registry.
    const { serve } = await import("./serve.ts");
    process.exit(await serve(loaded, version));
  });

program
  .command("config")
  .description("check the configuration, and print what counts, with where it comes from and without secrets")
  .argument(...FILE)
  .action(async (file?: string) => {
    const { text, remarks } = await loadConfiguration({ file });
    process.stdout.write(text);
    printRemarks(remarks);
  });

try {
  if (process.argv.length > 2) await program.parseAsync();
  else program.outputHelp();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  printRemarks(error.remarks);
  process.exitCode = 1;
}

function printRemarks(remarks: readonly Remark[]): void {
  for (const { level, name, place, message } of remarks) {
    if (level === "warn") process.stderr.write(`warning: ${name} (${place}) ${message}\n`);
  }
}
