/** One line for each request, in Apache's combined format, on standard output: what log shippers know. */
import type { IncomingMessage, ServerResponse } from "node:http";
import morgan from "morgan";
import { destination } from "pino";
import type { Answer, Observer } from "./http/visit.ts";
import { redactUrl } from "./redact-url.ts";
import type { Log } from "./runtime.ts";

/** Asked every few seconds by whatever watches over us. */
const PROBES = new Set(["/livez", "/readyz"]);

const isProbe = (request: IncomingMessage): boolean => PROBES.has(request.url ?? "");

const FLUSH_BYTES = 4096;
const FLUSH_MILLISECONDS = 1000;

/** In chunks, unless someone is watching. A reader that goes away does not stop the registry. */
export const standardOutput = (): morgan.StreamOptions =>
  destination({
    dest: 1,
    sync: false,
    minLength: process.stdout.isTTY ? 0 : FLUSH_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
  });

/** Who it was known to be, token or not; whoever only says so is nobody. */
morgan.token<IncomingMessage, Answer>("user", (_, { locals }) => locals.user || undefined);

/** Of the body, as announced. */
morgan.token<IncomingMessage, Answer>("size", (_, response) => {
  const size = response.locals.answered?.["content-length"] ?? response.getHeader("content-length");
  return size === undefined ? undefined : String(size);
});

/** Without secrets. */
morgan.token<IncomingMessage, Answer>("url", (_, { locals }) => redactUrl(locals.url));
morgan.token<IncomingMessage, Answer>("referrer", ({ headers: { referer } }) => referer && redactUrl(referer));

/** Of the client, not of the proxy. */
morgan.token<IncomingMessage, Answer>("remote-addr", (_, { locals }) => locals.address);

const combined: morgan.FormatFn<IncomingMessage, Answer> = morgan.compile(
  ':remote-addr - :user [:date[clf]] ":method :url HTTP/:http-version" :status :size ":referrer" ":user-agent"',
);

export function createAccessLog(stream: morgan.StreamOptions = standardOutput()): Observer {
  const observe = morgan<IncomingMessage, Answer>(combined, { stream, skip: isProbe });
  return (request, response) => observe(request, response, () => {});
}

/** The same for those who read fields, in the log itself. */
export function createRequestLog(log: Log, { level }: { readonly level: "info" | "debug" }): Observer {
  return (request, response) => {
    const startedAt = performance.now();
    const startedWith = request.socket.bytesWritten;
    if (!isProbe(request)) {
      response.once("close", () => {
        const bytes = request.socket.bytesWritten - startedWith;
        log[level](describe(request, response, performance.now() - startedAt, bytes), "response completed");
      });
    }
  };
}

function describe(request: IncomingMessage, response: Answer, duration: number, bytes: number): object {
  const { requestId, url, address, repository, reference, user } = response.locals;
  return {
    requestId,
    method: request.method,
    path: redactUrl(url),
    status: statusOf(response),
    repository: repository || undefined,
    ...(String(reference).includes(":") ? { digest: reference } : { reference: reference || undefined }),
    user: user || undefined,
    remoteAddress: address,
    userAgent: request.headers["user-agent"],
    durationMilliseconds: Math.round(duration * 10) / 10,
    bytes,
  };
}

/** 499, as nginx has it, when the client left before there was an answer. */
const statusOf = (response: ServerResponse): number => (response.headersSent ? response.statusCode : 499);
