/** The log of what the registry does, on standard error. Handed to who needs it; there is no global one. */
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  levels,
  destination as openDestination,
  pino,
} from "pino";
import { formatLogfmt } from "./logfmt.ts";
import type { Redaction } from "./redaction.ts";

export type ProcessLog = Logger;

export interface LogOptions {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly format: "text" | "json";
  /** On every message. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogOutput {
  readonly stream: DestinationStream;
  /** Someone is watching: text gets colours. */
  readonly isTerminal: boolean;
}

/** Nobody should be able to log in with a log. */
const SECRET_HEADERS = ["authorization", "Authorization", "cookie", "proxy-authorization"];
const SECRET_PATHS = SECRET_HEADERS.flatMap((name) => {
  const key = `["${name}"]`;
  return [key, `headers${key}`, `*${key}`, `*.headers${key}`];
});

/** Written at once: what is logged last, before a crash, is what one wants to read. */
export const standardError = (): LogOutput => ({
  stream: openDestination({ dest: 2, sync: true }),
  isTerminal: process.stderr.isTTY === true,
});

/** `redact` sees each line as JSON, which is the same whoever reads it in the end. */
export async function createLog(
  options: LogOptions,
  output: LogOutput = standardError(),
  redact: Redaction = (line) => line,
): Promise<ProcessLog> {
  const common: LoggerOptions = {
    level: options.level,
    base: { ...options.fields },
    redact: { paths: SECRET_PATHS, censor: "***" },
  };
  const through = (stream: DestinationStream): DestinationStream => ({ write: (line) => stream.write(redact(line)) });
  if (options.format === "text") return pino(common, through(await textStream(output)));
  const json: LoggerOptions = {
    ...common,
    formatters: { level: (level) => ({ level }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return pino(json, through(output.stream));
}

async function textStream({ stream, isTerminal }: LogOutput): Promise<DestinationStream> {
  const format = isTerminal
    ? (await import("pino-pretty")).default.prettyFactory({
        colorize: process.stderr.hasColors?.() ?? false,
        translateTime: "SYS:HH:MM:ss",
        ignore: "pid,hostname",
      })
    : (line: string) => formatLogfmt(JSON.parse(line), levels.labels);
  return { write: (line) => stream.write(format(line)) };
}
