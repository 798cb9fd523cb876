/** Programs that tests run. What they say is kept for the failure's message; none outlives the test file. */
import { type ChildProcess, spawn } from "node:child_process";

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Standard input; without it there is none. */
  readonly input?: Uint8Array | string | undefined;
}

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects with everything that is known of a program that did not end well. */
export class ProgramError extends Error {
  readonly output: string;
  constructor(commandLine: string, end: string, output: string) {
    super(`${commandLine}: ${end}\n${lastPartOf(output)}`);
    this.output = output;
  }
}

const SHOWN_CHARACTERS = 8000;
const DEFAULT_TIMEOUT = 200_000;

/** Rejects with a `ProgramError` unless the program exits with 0 in time. */
export async function run(
  command: string,
  args: readonly string[],
  {
    timeoutMilliseconds = DEFAULT_TIMEOUT,
    ...options
  }: ProgramOptions & { readonly timeoutMilliseconds?: number } = {},
): Promise<Finished> {
  const program = start(command, args, options);
  const timer = setTimeout(() => program.signal("SIGKILL"), timeoutMilliseconds);
  const end = await program.ended;
  clearTimeout(timer);
  const finished = { stdout: program.stdout(), stderr: program.stderr() };
  if (end === "exit 0") return finished;
  throw new ProgramError([command, ...args].join(" "), end, finished.stdout + finished.stderr);
}

export interface Program {
  readonly pid: number;
  /** How it ended: `exit 0`, `signal SIGKILL`, or why it could not start. */
  readonly ended: Promise<string>;
  readonly hasEnded: boolean;
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
}

export function start(
  command: string,
  args: readonly string[],
  { env, cwd, input = "" }: ProgramOptions = {},
): Program {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  child.stdin.on("error", () => {}); // a program need not read it
  child.stdin.end(input);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  endWithTests(child);
  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code === null ? `signal ${signal}` : `exit ${code}`));
  }).finally(() => {
    hasEnded = true;
    running.delete(child);
  });
  return {
    pid: child.pid ?? 0,
    ended,
    get hasEnded() {
      return hasEnded;
    },
    stdout,
    stderr,
    signal: (signal) => void child.kill(signal),
  };
}

export function lastPartOf(output: string): string {
  return output.length > SHOWN_CHARACTERS ? `…${output.slice(-SHOWN_CHARACTERS)}` : output;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}

const running = new Set<ChildProcess>();

// SIGTERM, because a daemon has children of its own to end. What a test wants dead at once, it kills itself.
function endRunning(): void {
  for (const child of running) child.kill("SIGTERM");
}

function endWithTests(child: ChildProcess): void {
  if (running.size === 0 && process.listenerCount("exit", endRunning) === 0) {
    process.on("exit", endRunning);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  }
  running.add(child);
}
