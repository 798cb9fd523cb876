/** A client that hides nothing: every header as it came, every byte of the body. */
import assert from "node:assert/strict";
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

export interface WireErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

export class Answer {
  readonly status: number;
  /** Several headers of one name are joined by ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;

  constructor(message: IncomingMessage, body: Buffer) {
    this.status = message.statusCode ?? 0;
    this.headers = Object.fromEntries(
      Object.entries(message.headersDistinct).map(([name, values = []]) => [name, values.join(", ")]),
    );
    this.body = body;
  }

  json<T>(): T {
    return JSON.parse(this.body.toString("utf8")) as T;
  }

  errors(): readonly WireErrorEntry[] {
    return this.json<{ errors: WireErrorEntry[] }>().errors;
  }

  header(name: string): string {
    return this.headers[name] ?? assert.fail(`no header ${name} in the answer with status ${this.status}`);
  }

  /** Path and query of the Location, wherever it points. */
  get location(): string {
    const { pathname, search } = new URL(this.header("location"), "http://registry.test");
    return pathname + search;
  }
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** A list is sent chunk by chunk, without a Content-Length. */
  readonly body?: Uint8Array | string | readonly Uint8Array[] | undefined;
}

/** A request whose body is written as the test goes. */
export interface OpenRequest {
  readonly request: ClientRequest;
  readonly answer: Promise<Answer>;
  /** Resolves when the kernel has taken it. */
  write(chunk: Uint8Array): Promise<void>;
  end(chunk?: Uint8Array): void;
  /** As a client that goes away. Its `answer` then rejects, if there was none. */
  breakOff(): void;
}

export class HttpClient {
  readonly port: number;
  readonly #agent: Agent;

  constructor(port: number, agent = new Agent({ keepAlive: true })) {
    this.port = port;
    this.#agent = agent;
  }

  async request(method: string, path: string, { headers = {}, body }: RequestOptions = {}): Promise<Answer> {
    const length = body !== undefined && !isList(body) ? { "content-length": String(Buffer.byteLength(body)) } : {};
    const open = this.open(method, path, { ...length, ...headers });
    if (isList(body)) for (const chunk of body) open.request.write(chunk);
    open.request.end(body === undefined || isList(body) ? undefined : body);
    return await open.answer;
  }

  open(method: string, path: string, headers: Readonly<Record<string, string | readonly string[]>> = {}): OpenRequest {
    const request = httpRequest({
      agent: this.#agent,
      host: "127.0.0.1",
      port: this.port,
      method,
      path,
      headers: headers as Record<string, string | string[]>,
    });
    const answer = new Promise<Answer>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (message) => {
        const chunks: Buffer[] = [];
        message.on("data", (chunk: Buffer) => chunks.push(chunk));
        message.on("error", reject);
        message.on("end", () => resolve(new Answer(message, Buffer.concat(chunks))));
      });
    });
    // Who breaks off does not wait for the answer.
    answer.catch(() => {});
    return {
      request,
      answer,
      write: (chunk) =>
        new Promise((resolve, reject) => request.write(chunk, (error) => (error ? reject(error) : resolve()))),
      end: (chunk) => void request.end(chunk),
      breakOff: () => void request.destroy(),
    };
  }

  /** A socket for what a well-behaved client does not do. */
  async socket(): Promise<Socket> {
    const socket = connect({ host: "127.0.0.1", port: this.port, allowHalfOpen: true });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return socket;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function isList(body: RequestOptions["body"]): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

/** An error in the spec's form, with the status and the code of each entry. */
export function assertError(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.body.toString());
  assert.match(answer.header("content-type"), /^application\/json/);
  assert.equal(answer.header("docker-distribution-api-version"), "registry/2.0");
  const errors = answer.errors();
  assert.ok(errors.length > 0);
  for (const entry of errors) {
    assert.equal(entry.code, code);
    assert.ok(entry.message.length > 0);
  }
}

const HOP_BY_HOP = ["date", "x-request-id", "connection", "keep-alive"];

/** HEAD is GET without the body, down to the last header. */
export async function assertHeadEqualsGet(
  http: HttpClient,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const [get, head] = await Promise.all([http.request("GET", path, options), http.request("HEAD", path, options)]);
  assert.equal(head.status, get.status);
  assert.equal(head.body.length, 0);
  const essential = ({ headers }: Answer) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
  assert.deepEqual(essential(head), essential(get));
  return get;
}
