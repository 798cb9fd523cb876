/** A Swift for tests on a machine with only Node: one account, by TempAuth and by Keystone. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type Answer, type Call, header, readCall } from "../s3-double/call.ts";
import { Clock } from "./clock.ts";
import type { Containers } from "./container.ts";
import { bulkAnswer, onAccount, onContainer } from "./containers.ts";
import { Failure } from "./failure.ts";
import { splitPath } from "./large.ts";
import { copyObject, deleteObject, getObject, type Limits, putObject } from "./objects.ts";
import { isTempUrl, verifyTempUrl } from "./temp-urls.ts";
import { Tokens, type User } from "./tokens.ts";

export const OWNER: User = { name: "test:tester", password: "testing", owner: true };
export const READER: User = { name: "test:reader", password: "reading", owner: false };

/** `lost`: everything is done, and nobody learns. `cut`: half of the body comes. */
export type Interference = "lost" | "cut" | undefined;

export interface SwiftDouble {
  readonly endpoint: string;
  readonly authurl: string;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly containers: Containers;
  /** What was asked for, newest last: `PUT /v1/AUTH_test/container/object`. */
  readonly calls: string[];
  /** What `/info` tells. `undefined`: it is not found. */
  info: Readonly<Record<string, unknown>> | undefined;
  /** Asked before each answer. May throw a `Failure`, or take its time. */
  interfere: ((call: Call) => Interference | Promise<Interference>) | undefined;
  closeIdleConnections(): void;
  close(): Promise<void>;
}

export interface SwiftDoubleOptions {
  /** Of a manifest. Swift has 1000. */
  readonly segments?: number;
}

const ACCOUNT = "/v1/AUTH_test";

export async function startSwiftDouble({ segments = 4 }: SwiftDoubleOptions = {}): Promise<SwiftDouble> {
  const clock = new Clock();
  const tokens = new Tokens([OWNER, READER], clock);
  const containers: Containers = new Map();
  const account: Record<string, string> = {};
  const limits = { objectSize: 5 * 1024 ** 3, nameLength: 1024, segments, listing: 10_000, bulkDeletes: 10_000 };

  const logIn = (call: Call): Answer | undefined => {
    const storageUrl = `http://${header(call, "host")}${ACCOUNT}`;
    if (call.path === "/auth/v1.0") return tokens.logInV1(call, storageUrl);
    if (call.path === "/v2.0/tokens") return tokens.logInV2(call, storageUrl);
    if (call.path === "/v3/auth/tokens") return tokens.logInV3(call, storageUrl);
    return undefined;
  };

  const answer = (call: Call): Answer => {
    if (call.path === "/info" && double.info) return { status: 200, body: JSON.stringify(double.info) };
    const login = logIn(call);
    if (login) return login;
    if (call.path !== ACCOUNT && !call.path.startsWith(`${ACCOUNT}/`)) throw new Failure(404);
    const [container, object] = splitPath(decodeURIComponent(call.path.slice(ACCOUNT.length + 1)));
    if (isTempUrl(call)) {
      const keys = [
        containers.get(container)?.meta["x-container-meta-temp-url-key"],
        account["x-account-meta-temp-url-key"],
      ];
      verifyTempUrl(call, clock.now(), keys);
    } else {
      const refusal = refusalOf(tokens, call);
      if (refusal) return refusal;
    }
    if (container === "") return onAccount(account, containers, call, limits);
    if (object === "") return onContainer(containers, container, call, limits, clock);
    return onObject(containers, container, object, call, limits);
  };

  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    try {
      const call = await readCall(request);
      calls.push(`${call.method} ${call.path}`);
      const interference = await double.interfere?.(call);
      const answered = answer(call);
      if (interference === "lost") return void response.destroy();
      send(response, call.method, clock, answered, interference === "cut");
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      sendFailure(response, request.method, clock, error instanceof Failure ? error : new Failure(500, String(error)));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  const double: SwiftDouble = {
    endpoint,
    authurl: `${endpoint}/auth/v1.0`,
    clock,
    tokens,
    containers,
    calls,
    info: infoOf(limits),
    interfere: undefined,
    closeIdleConnections: () => server.closeIdleConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return double;
}

function onObject(containers: Containers, containerName: string, name: string, call: Call, limits: Limits): Answer {
  const container = containers.get(containerName);
  if (!container) throw new Failure(404);
  switch (call.method) {
    case "GET":
    case "HEAD":
      return getObject(containers, container, name, call);
    case "PUT":
      return putObject(containers, container, name, call, limits);
    case "DELETE":
      return deleteObject(container, name);
    case "COPY":
      return copyObject(containers, container, name, call);
    default:
      throw new Failure(405);
  }
}

/** A bulk deletion is let in; what it asks for is not done. */
function refusalOf(tokens: Tokens, call: Call): Answer | undefined {
  const isBulk = call.query.has("bulk-delete");
  try {
    if (tokens.userOf(header(call, "x-auth-token")).owner) return undefined;
    throw new Failure(403);
  } catch (error) {
    if (!isBulk || !(error instanceof Failure)) throw error;
    const status = error.status === 401 ? "401 Unauthorized" : "403 Forbidden";
    const names = call.body.toString().split("\n").filter(Boolean);
    return bulkAnswer(
      "400 Bad Request",
      names.map((name) => [name, status]),
    );
  }
}

function send(response: ServerResponse, method: string | undefined, clock: Clock, answer: Answer, cut = false): void {
  const { status, headers, body = "" } = answer;
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body) };
  const date = new Date(clock.now()).toUTCString();
  response.writeHead(status, { date, "x-trans-id": "tx-double", ...length, ...headers });
  if (!cut) return void response.end(method === "HEAD" ? undefined : body);
  response.write(body.slice(0, Buffer.byteLength(body) / 2), () => response.destroy());
}

function sendFailure(response: ServerResponse, method: string | undefined, clock: Clock, failure: Failure): void {
  const { status, message, options } = failure;
  if (options.hangsUp) return void response.destroy();
  if (options.foreign) return void response.writeHead(status).end(method === "HEAD" ? undefined : message);
  send(response, method, clock, { status, headers: options.headers ?? {}, body: message });
}

function infoOf(limits: Limits): Record<string, unknown> {
  return {
    swift: {
      version: "2.30.1",
      max_file_size: limits.objectSize,
      max_object_name_length: limits.nameLength,
      container_listing_limit: limits.listing,
    },
    slo: { max_manifest_segments: limits.segments, min_segment_size: 1 },
    bulk_delete: { max_deletes_per_request: limits.bulkDeletes },
    tempurl: { methods: ["GET", "HEAD", "PUT", "POST", "DELETE"], allowed_digests: ["sha1", "sha256", "sha512"] },
  };
}
