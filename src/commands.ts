/** The command line: what there is to be done, each loaded only when it is asked for. */
import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { loadConfiguration } from "./config/load.ts";
import { ConfigurationError, type Remark } from "./config/mistakes.ts";
import { ExplainedError } from "./explained-error.ts";

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
    process.stdout.write(text());
    printRemarks(remarks);
  });

program
  .command("doctor")
  .description(
    "look at a configuration of CNCF distribution and its bucket before the switch, and tell what will differ and what is broken",
  )
  .argument(...FILE)
  .option("--json", "for programs", false)
  .option(
    "--try-writes",
    "also write, copy and delete small objects: nothing else tells whether that is allowed",
    false,
  )
  .option(
    "--limit <objects>",
    "look at that many objects of the repositories at most",
    toCount,
    Number.POSITIVE_INFINITY,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (file: string | undefined, { json, tryWrites, limit }) => {
    const { examine } = await import("./doctor/doctor.ts");
    const { countOf, formatJson, formatText } = await import("./doctor/report.ts");
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    const diagnosis = await examine({ file, tryWrites, mostObjects: limit, signal: interrupted.signal });
    const colours = process.stdout.isTTY === true && process.stdout.hasColors();
    process.stdout.write(json ? formatJson(diagnosis) : formatText(diagnosis, { colours }));
    process.exitCode = countOf(diagnosis.findings, "broken") === 0 ? 0 : 1;
  });

const auth = program.command("auth").description("who may log in, and what they may do");

auth
  .command("explain")
  .description("tell whether somebody may do something, and which line of the permissions decides that")
  .argument(...FILE)
  .option("--user <name>", "a user or robot by name, or 'workload <name>'; without it, somebody who has not logged in")
  .option("--claims <file>", "a file with the token of a job, or with its claims as JSON: which workload is that?")
  .requiredOption("--repository <name>", "for which repository")
  .requiredOption("--action <action>", "list, pull, push, tag-overwrite or delete")
  .action(async (file: string | undefined, { user, claims, repository, action }) => {
    const { config } = await loadConfiguration({ file });
    const { explainAccess } = await import("./auth-commands.ts");
    const { text, allowed } = await explainAccess(config, { user, claims, repository, action });
    process.stdout.write(text);
    process.exitCode = allowed ? 0 : 1;
  });

auth
  .command("hash")
  .description("print a line for the file with the passwords; the password is read from standard input")
  .argument("<name>", "of the user or robot")
  .option("--generate", "make up a password, and print it on standard error", false)
  .option("--cost <number>", "of bcrypt, 10 to 16: one more takes twice as long", "12")
  .action(async (name: string, { generate, cost }) => {
    const { hashPassword } = await import("./auth-commands.ts");
    const { line, generated } = await hashPassword(name, { generate, cost });
    process.stdout.write(`${line}\n`);
    if (generated !== undefined) process.stderr.write(`the password of ${name} is ${generated}\n`);
  });

try {
  if (process.argv.length > 2) await program.parseAsync();
  else program.outputHelp();
} catch (error) {
  if (!(error instanceof ConfigurationError || error instanceof ExplainedError)) throw error;
  process.stderr.write(`${error.message}\n`);
  if (error instanceof ConfigurationError) printRemarks(error.remarks);
  // 1 may be an answer: see auth explain.
  process.exitCode = error instanceof ConfigurationError ? 1 : 2;
}

function printRemarks(remarks: readonly Remark[]): void {
  for (const { level, name, place, message } of remarks) {
    if (level === "warn") process.stderr.write(`warning: ${name} (${place}) ${message}\n`);
  }
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError("write a number, 1 or more");
  return Number(text);
}
