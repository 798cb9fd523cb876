/**
 * Imported before a program (`--import`): tells in the file CALLS_FILE, once its process ends, which calls of a store it has made, in
 * rounds. A call is of the first round that no answer has come to yet: it did not wait for any of its own round.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import type { ClientRequest } from "node:http";

const { CALLS_FILE = "" } = process.env;
const rounds: string[][] = [];
const roundOf = new Map<ClientRequest, number>();
let answered = 0;

subscribe("http.client.request.created", (message) => {
  const { request } = message as { readonly request: ClientRequest };
  roundOf.set(request, answered);
  rounds[answered] ??= [];
  rounds[answered]?.push(`${request.method} ${request.path}`);
});
subscribe("http.client.response.finish", (message) => {
  const { request } = message as { readonly request: ClientRequest };
  answered = Math.max(answered, (roundOf.get(request) ?? 0) + 1);
});
process.on("exit", () => writeFileSync(CALLS_FILE, JSON.stringify(rounds)));
