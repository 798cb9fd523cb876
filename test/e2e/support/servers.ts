/** Registries as processes of their own, ours and CNCF distribution, and what stands in front of them. */
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { lastPartOf, type Program, type ProgramOptions, start } from "./programs.ts";

export interface Server {
  readonly url: string;
  /** As in an image's name. */
  readonly host: string;
  readonly pid: number;
  /** Ends it as an operator does. */
  stop(): Promise<void>;
  /** SIGKILL: it gets no chance to clean up. */
  kill(): Promise<void>;
  /** Starts it again, at the same address with the same settings; stops it first if it runs. */
  restart(): Promise<void>;
  log(): string;
}

const START_TIMEOUT = 60_000;

/** Resolves when `GET /v2/` is answered, if only with the question who is there, or that it is elsewhere. */
export async function startServer(
  command: string,
  args: readonly string[],
  { port, ...options }: ProgramOptions & { readonly port: number },
): Promise<Server> {
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const programs: Program[] = [];
  const current = () => programs[programs.length - 1];
  const log = () => programs.map((program) => program.stdout() + program.stderr()).join("");

  async function end(signal: NodeJS.Signals): Promise<void> {
    current()?.signal(signal);
    await current()?.ended;
  }

  async function startAndWait(): Promise<void> {
    const program = start(command, args, options);
    programs.push(program);
    const deadline = Date.now() + START_TIMEOUT;
    while (!(await answers(`${url}/v2/`))) {
      if (program.hasEnded || Date.now() > deadline) {
        throw new Error(`${command} ${args.join(" ")} does not answer at ${url}\n${lastPartOf(log())}`);
      }
      await sleep(50);
    }
  }

  await startAndWait();
  return {
    url,
    host,
    get pid() {
      return current()?.pid ?? 0;
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      await startAndWait();
    },
    log,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: "manual" });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}
