/** From a request to its row in the route table, through access, to the handler; every error comes back here. */
import type { IncomingMessage } from "node:http";
import type { AccessController } from "../auth/access-controller.ts";
import type { AuditSink } from "../auth/audit.ts";
import type { RateLimit } from "../auth/rate-limit.ts";
import { isRegistryError, RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/names.ts";
import type { Log } from "../runtime.ts";
import { createGatekeeper } from "./access.ts";
import { createRequestAudit } from "./audit.ts";
import { answerError } from "./errors.ts";
import { abortWhenGone, type Exchange, type Services } from "./exchange.ts";
import { type ParsedPath, parsePath } from "./path.ts";
import { findRoute, methodsOf, type Route } from "./routes.ts";
import type { Answer } from "./visit.ts";

export interface DispatchOptions extends Services {
  readonly access: AccessController;
  readonly audit: AuditSink;
  readonly rateLimit: RateLimit;
  readonly log: Log;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
}

/** Bytes of an unwanted body that are read away to keep the connection. */
const DRAIN_BYTES = 1024 * 1024;

/** Answers whatever comes. `target`: the request's, from where the prefix ends. */
export type Dispatch = (request: IncomingMessage, response: Answer, target: string) => Promise<void>;

export function createDispatch(options: DispatchOptions): Dispatch {
  const audit = createRequestAudit(options.audit);
  const { locations, rateLimit } = options;
  const gate = createGatekeeper(options.access, { locations, audit, rateLimit });

  return async (request, response, target) => {
    try {
      await handle(request, response, target);
    } catch (error) {
      settleRest(request, response);
      answerError(response, error, options.log);
    }
  };

  async function handle(request: IncomingMessage, response: Answer, target: string): Promise<void> {
    const { path, query } = splitUrl(target);
    const parsed = parsePath(path);
    if (parsed === undefined) throw new RegistryError("route_unknown", "there is no such endpoint");
    const route = routeOf(parsed, request.method ?? "", response);
    // An empty name is one that is not valid, except where the path has none.
    const hasName = parsed.pattern.includes("{repository}");
    const repository = hasName ? parseRepositoryName(parsed.repository) : ("" as RepositoryName);
    Object.assign(response.locals, { handler: route.name, repository, reference: parsed.last });
    assertAllowed(route);
    const identity = await gate.require(route.access(repository), request, response);
    response.locals.user = identity.subject;
    const { registry, locations, states, limits, mayRedirect, proxyReadsFiles } = options;
    await answer(route, {
      registry,
      locations,
      states,
      limits,
      mayRedirect,
      proxyReadsFiles,
      request,
      response,
      repository,
      last: parsed.last,
      query,
      identity,
      may: (access) => gate.may(access, request, response),
      mayOrAsk: (required) => gate.mayOrAsk(required, request, response),
      signal: abortWhenGone(response),
    });
  }

  async function answer(route: Route, exchange: Exchange): Promise<void> {
    const { response, repository } = exchange;
    try {
      await route.handle(exchange);
    } catch (error) {
      if (isRegistryError(error, "denied")) {
        audit.refused(response, route.access(repository), error.message);
      }
      throw error;
    }
    if (route.audit) audit.changed(response, route.audit);
  }

  function assertAllowed({ changes }: Route): void {
    if (changes && options.readOnly) throw new RegistryError("unsupported", "this registry is read-only");
    if (changes === "removes" && !options.deleteEnabled) {
      throw new RegistryError("unsupported", "this registry does not delete: see storage.delete.enabled");
    }
  }
}

/** The next request on the connection begins where this one's body ends. */
function settleRest(request: IncomingMessage, response: Answer): void {
  if (request.complete) return;
  if (Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= DRAIN_BYTES) request.resume();
  else if (!response.headersSent) response.setHeader("connection", "close");
}

/** Answers what lies outside of the registry's prefix. */
export function createRefusal(log: Log): (response: Answer) => void {
  return (response) => answerError(response, new RegistryError("route_unknown", "there is no such endpoint"), log);
}

function routeOf({ pattern, repository }: ParsedPath, method: string, response: Answer): Route {
  const route = findRoute(pattern, method);
  if (route) return route;
  response.setHeader("allow", methodsOf(pattern).join(", "));
  throw new RegistryError("unsupported", `${method} is not a method of this endpoint`, {
    details: repository ? [{ detail: { name: repository.slice(0, 300) } }] : [],
  });
}

function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf("?");
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
