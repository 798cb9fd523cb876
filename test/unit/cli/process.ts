/** Real processes, in a directory of their own, with nothing in the environment but what the test says. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

export type Variables = Readonly<Record<string, string>>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function directoryFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "moorage-cli-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

export async function run(
  args: readonly string[],
  variables: Variables,
  cwd: string,
  program = MAIN,
): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: variables });
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    once(child, "close"),
  ]);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

export interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly base: string;
  /** Of the log so far, parsed. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** Resolves once a line has this message. */
  logged(message: string): Promise<void>;
  /** Resolves to the exit code. */
  readonly exit: Promise<number | null>;
}

/** `moorage serve` on a free port, with a store in memory and a log to read, unless the variables say otherwise. */
export async function serveFor(t: TestContext, variables: Variables = {}, program = MAIN): Promise<Served> {
  const env: Variables = {
    REGISTRY_HTTP_ADDR: "127.0.0.1:0",
    REGISTRY_STORAGE: "inmemory",
    REGISTRY_LOG_FORMATTER: "json",
    REGISTRY_HTTP_DRAINDELAY: "0",
    ...variables,
  };
  const child = spawn(process.execPath, [program, "serve"], { cwd: await directoryFor(t), env });
  t.after(() => child.kill("SIGKILL"));
  const exit = once(child, "exit").then(([code]) => code as number | null);
  const log: Record<string, unknown>[] = [];
  const lines = createInterface(child.stderr);
  lines.on("line", (line) => log.push(JSON.parse(line)));
  child.stdout.resume();

  const logged = async (message: string) => {
    while (!log.some(({ msg }) => msg === message)) await once(lines, "line");
  };
  await logged("listening");
  const { address } = log.find(({ msg }) => msg === "listening") ?? {};
  const scheme = env.REGISTRY_HTTP_TLS_CERTIFICATE === undefined ? "http" : "https";
  return { child, base: `${scheme}://${address}`, log, logged, exit };
}

export interface Spawned {
  readonly child: ChildProcessWithoutNullStreams;
  /** Where it can be reached. `undefined`: it has ended before. */
  readonly listening: Promise<{ readonly base: string; readonly debug: string } | undefined>;
  /** So far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly finished: Promise<Finished>;
}

/** `moorage serve` on free ports, whether it starts or not, with all that it says. */
export async function spawnServe(t: TestContext, variables: Variables, program = MAIN): Promise<Spawned> {
  const env = {
    REGISTRY_HTTP_ADDR: "127.0.0.1:0",
    REGISTRY_HTTP_DRAINDELAY: "0",
    REGISTRY_LOG_FORMATTER: "json",
    ...variables,
  };
  const child = spawn(process.execPath, [program, "serve"], { cwd: await directoryFor(t), env });
  t.after(() => child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  const addresses = Promise.withResolvers<{ readonly base: string; readonly debug: string } | undefined>();
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output.stderr += text;
    const line = output.stderr.split("\n").find((candidate) => candidate.includes('"msg":"listening"'));
    if (line === undefined || !line.endsWith("}")) return;
    const { address, debugAddress } = JSON.parse(line);
    addresses.resolve({ base: `http://${address}`, debug: `http://${debugAddress}` });
  });
  const finished = once(child, "close").then(([code]) => {
    addresses.resolve(undefined);
    return { code, ...output };
  });
  return { child, output, listening: addresses.promise, finished };
}
