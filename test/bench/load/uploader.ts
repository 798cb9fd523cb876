/** A process of its own that pushes large blobs, so many at once, until it is told to end; then it says which. */
import { freshBlob, pushInSteps } from "./blobs.ts";
import { createClient } from "./http.ts";

export interface Task {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly size: number;
  readonly atOnce: number;
}

export type Order = { readonly kind: "begin"; readonly task: Task } | { readonly kind: "end" };
export type Report =
  | { readonly kind: "begun" }
  | { readonly kind: "ended"; readonly digests: readonly string[]; readonly failure?: string };

let isEnding = false;
const digests: string[] = [];

async function pushUntilTheEnd(task: Task): Promise<void> {
  const client = createClient(task);
  const blobs = Array.from({ length: task.atOnce }, () => freshBlob(task.size));
  tell({ kind: "begun" });
  const pushOne = async (first: ReturnType<typeof freshBlob>) => {
    for (let blob = first; ; blob = freshBlob(task.size)) {
      await pushInSteps(client, task.repository, blob);
      digests.push(blob.digest);
      if (isEnding) return;
    }
  };
  await Promise.all(blobs.map(pushOne));
}

const tell = (report: Report): void => void process.send?.(report);

process.on("message", (order: Order) => {
  if (order.kind === "end") isEnding = true;
  else
    pushUntilTheEnd(order.task)
      .then(() => tell({ kind: "ended", digests }))
      .catch((error: unknown) => tell({ kind: "ended", digests, failure: String(error) }))
      .finally(() => process.disconnect());
});
