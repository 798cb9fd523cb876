/** Deletes by exact names, of whatever kind. */
import * as z from "zod";
import { atOnce } from "./at-once.ts";
import { Refusal } from "./errors.ts";
import { readJson } from "./http.ts";
import { escapeName } from "./names.ts";
import { type Call, refusalOf, type Store, send, tell, withToken } from "./store.ts";

/** Swift deletes two of a request at a time, so several requests are faster than one. */
const NAMES_OF_REQUEST = 250;
const REQUESTS_AT_ONCE = 4;
const DELETES_AT_ONCE = 16;
/** The store sends a blank from time to time while it works. */
const PATIENCE_MILLISECONDS = 5 * 60_000;

/** What is gone already is fine. Resolves to how many names the store said so of. */
export async function removeNames(
  store: Store,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { bulkDeletes } = store.limits;
  if (names.length < 2 || bulkDeletes < 2) {
    return sum(await atOnce(DELETES_AT_ONCE, names, (name) => removeName(store, name, signal)));
  }
  const size = Math.min(bulkDeletes, NAMES_OF_REQUEST, Math.ceil(names.length / REQUESTS_AT_ONCE));
  const portions = Array.from({ length: Math.ceil(names.length / size) }, (_, index) =>
    names.slice(index * size, (index + 1) * size),
  );
  return sum(await atOnce(REQUESTS_AT_ONCE, portions, (portion) => removeTogether(store, portion, signal)));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

async function removeName(store: Store, name: string, signal: AbortSignal | undefined): Promise<number> {
  const { status } = await tell(store, { method: "DELETE", name, expect: [200, 204, 404], signal });
  return status === 404 ? 1 : 0;
}

const bulkAnswer = z.object({
  "Response Status": z.string(),
  "Response Body": z.string().default(""),
  "Number Not Found": z.number().default(0),
  Errors: z.array(z.tuple([z.string(), z.string()])).default([]),
});

/** The answer is always 200. Inside, each object has a status, and each is authorized on its own. */
async function removeTogether(
  store: Store,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const lines = names.map((name) => `/${escapeName(store.names.container)}/${escapeName(name)}\n`);
  const request: Call = {
    method: "POST",
    account: true,
    query: { "bulk-delete": "true" },
    headers: { "content-type": "text/plain", accept: "application/json" },
    body: [Buffer.from(lines.join(""))],
    patience: PATIENCE_MILLISECONDS,
    expect: [200],
    signal,
  };
  const outcome = await withToken(store, signal, async (grant) => {
    const answer = await send(store, request, grant);
    if (answer.status !== 200) return await refusalOf("bulk DELETE", answer);
    return outcomeOf(bulkAnswer.parse(await readJson(answer)));
  });
  if (outcome instanceof Refusal) throw outcome;
  return outcome.absent;
}

function outcomeOf(answer: z.output<typeof bulkAnswer>) {
  const [name, text] = answer.Errors[0] ?? [answer["Response Body"], answer["Response Status"]];
  const status = Number.parseInt(text, 10);
  return status < 300 ? { status, absent: answer["Number Not Found"] } : new Refusal("bulk DELETE", status, name);
}
