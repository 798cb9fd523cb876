import type { WrittenObject } from "../contract.ts";
import { jsonBody, sendForJson } from "./http.ts";
import { type Resource, sizeIn } from "./info.ts";
import { objectName, objectPath, type Store } from "./store.ts";

interface Rewritten {
  readonly done?: boolean;
  readonly rewriteToken?: string;
  readonly resource?: Resource;
}

/** Between locations or storage classes Cloud Storage copies piece by piece. The target changes with the last one. */
export async function copyObject(
  store: Store,
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const target = `b/${encodeURIComponent(store.bucket)}/o/${encodeURIComponent(objectName(store, to, "copy"))}`;
  const path = `${objectPath(store, from, "copy")}/rewriteTo/${target}`;
  let rewriteToken: string | undefined;
  for (;;) {
    const query = { rewriteToken, fields: "done,rewriteToken,resource(size)" };
    const call = { method: "POST", path, query, body: jsonBody({}) } as const;
    const answer = await sendForJson<Rewritten>(store.connection, call, signal);
    if (answer.done) return sizeIn("copy", to, answer.resource ?? {});
    rewriteToken = answer.rewriteToken;
  }
}
