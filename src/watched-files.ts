/** Files whose content counts as it is now: passwords, permissions, keys, certificates. A change takes effect without a restart. */
import { readFile, stat } from "node:fs/promises";
import { ExplainedError } from "./explained-error.ts";
import type { Log, Runtime } from "./runtime.ts";

export interface Watched<Value> {
  readonly current: Value;
  /** Counts the changes that took effect. */
  readonly generation: number;
  close(): void;
}

interface Files {
  /** What they are to the operator, such as `the passwords (auth.htpasswd.path)`. */
  readonly what: string;
  readonly paths: readonly string[];
}

export interface WatchOptions<Value> extends Files {
  /** What it throws says what is wrong with the content, and has no secret in it. */
  readonly parse: (contents: readonly Buffer[]) => Value;
}

export interface LoadOptions<Value> extends Files {
  /** Reads the files. What it rejects with says what is wrong with them, and has no secret in it. */
  readonly load: () => Promise<Value>;
  /** Told of each change that takes effect. */
  readonly onChange?: ((value: Value) => void) | undefined;
}

interface Services {
  readonly runtime: Runtime;
  readonly log: Log;
}

/** Secrets in Kubernetes change behind a link, and some file systems tell nobody: so one has to look. */
const LOOK_EVERY = 1000;

/** Rejects `ExplainedError` if the files cannot be read, or make no sense. Later ones that do not leave everything as it was. */
export function watchFiles<Value>(
  { what, paths, parse }: WatchOptions<Value>,
  services: Services,
): Promise<Watched<Value>> {
  const load = async () => parse(await Promise.all(paths.map((path) => readFile(path))));
  return watch({ what, paths, load }, services);
}

/** `watchFiles`, for those who read the files themselves. */
export async function watch<Value>(
  { what, paths, load, onChange }: LoadOptions<Value>,
  { runtime, log }: Services,
): Promise<Watched<Value>> {
  const closing = new AbortController();
  let seen = await fingerprint(paths);
  let refused = "";
  const watched = { current: await readFirst(), generation: 0, close: () => closing.abort() };

  async function readFirst(): Promise<Value> {
    try {
      return await load();
    } catch (error) {
      throw new ExplainedError(`cannot use ${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Whoever writes a file may not be done: it counts once it has stopped changing. */
  async function look(before: string): Promise<string> {
    const now = await fingerprint(paths);
    if (now !== before || now === seen || now === refused) return now;
    try {
      watched.current = await load();
      watched.generation += 1;
      seen = now;
      refused = "";
      log.info({ paths }, `${what} have changed`);
      onChange?.(watched.current);
    } catch (error) {
      refused = now;
      log.error({ paths }, `${what} have changed, and what was there before still counts: ${(error as Error).message}`);
    }
    return now;
  }

  async function keepLooking(): Promise<void> {
    let last = seen;
    while (!closing.signal.aborted) {
      await runtime.sleep(LOOK_EVERY, { signal: closing.signal });
      last = await look(last);
    }
  }

  if (paths.length > 0) {
    keepLooking().catch((error: unknown) => {
      if (!closing.signal.aborted) log.error({ err: error, paths }, `${what} are not watched any more`);
    });
  }
  return watched;
}

async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    paths.map((path) =>
      stat(path, { bigint: true }).then(
        ({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
        (error: NodeJS.ErrnoException) => error.code ?? "?",
      ),
    ),
  );
  return parts.join("\n");
}
