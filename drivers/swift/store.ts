/** What the operations share: requests to the account, with a token that is good. */
import type { Agents } from "../agents.ts";
import type { DriverContext } from "../contract.ts";
import { Refusal } from "./errors.ts";
import { drain, exchange, type HttpAnswer, type HttpRequest, header, readStart } from "./http.ts";
import { escapeName, type Names } from "./names.ts";
import type { Grant, Session } from "./session.ts";

export interface Limits {
  /** Objects whose names one request may delete. None: the store has no bulk deletion. */
  readonly bulkDeletes: number;
  /** Entries of a listing that are asked for at once. */
  readonly page: number;
  readonly segmentsOfManifest: number;
  readonly objectSize: number;
  readonly minPartSize: number;
  /** Longer objects are copied in parts of that size. */
  readonly copyPartSize: number;
}

export interface Store {
  readonly agents: Agents;
  readonly session: Session;
  readonly names: Names;
  readonly limits: Limits;
  readonly warn: DriverContext["warn"];
}

export interface Call extends Omit<HttpRequest, "url" | "headers"> {
  /** In the container. Without it the container itself is meant. */
  readonly name?: string | undefined;
  /** The account itself. */
  readonly account?: boolean | undefined;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: HttpRequest["headers"] | undefined;
  /** Statuses that are no refusal. */
  readonly expect: readonly number[];
}

export async function call(store: Store, request: Call): Promise<HttpAnswer> {
  const outcome = await withToken(store, request.signal, async (grant) => {
    const answer = await send(store, request, grant);
    return isExpected(request, answer) ? answer : await refusalOf(request.method, answer);
  });
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}

/** For calls whose answer nobody reads. */
export async function tell(store: Store, request: Call): Promise<HttpAnswer> {
  const answer = await call(store, request);
  drain(answer);
  return answer;
}

/** A token may be refused before its time: then once more, with a new one. */
export async function withToken<T extends { readonly status: number }>(
  { session }: Store,
  signal: AbortSignal | undefined,
  work: (grant: Grant) => Promise<T>,
): Promise<T> {
  const grant = await session.grant(signal);
  const outcome = await work(grant);
  return outcome.status === 401 ? await work(await session.renew(grant, signal)) : outcome;
}

export async function send({ agents, names }: Store, call: Call, grant: Grant): Promise<HttpAnswer> {
  const { account, name, query, headers, expect: _, ...request } = call;
  const path = account ? "" : `/${escapeName(names.container)}${name === undefined ? "" : `/${escapeName(name)}`}`;
  return await exchange(agents, {
    ...request,
    url: `${grant.storageUrl}${path}${formatQuery(query)}`,
    headers: { ...headers, "x-auth-token": grant.token },
  });
}

function formatQuery(query: Call["query"]): string {
  const given = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

function isExpected({ expect }: Call, answer: HttpAnswer): boolean {
  return expect.includes(answer.status) && !isForeign(answer);
}

/** A balancer that knows no path answers as if Swift knew no object. */
function isForeign(answer: HttpAnswer): boolean {
  return answer.status === 404 && header(answer, "x-trans-id") === undefined;
}

/** The second where a write with a later time was there already: as if that one had come a moment after ours. */
export const WRITTEN: readonly number[] = [201, 202];

export async function refusalOf(method: string, answer: HttpAnswer): Promise<Refusal> {
  const text = (await readStart(answer))
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return new Refusal(method, isForeign(answer) ? 502 : answer.status, text);
}
