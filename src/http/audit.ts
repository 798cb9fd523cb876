/** What the audit log is told of requests: who changed what, and who was refused what. */
import type { Access } from "../auth/access-controller.ts";
import type { AuditEvent, AuditSink } from "../auth/audit.ts";
import type { Answer } from "./visit.ts";

export interface RequestAudit {
  /** To be called when the answer is out: what did not happen is not reported. */
  changed(response: Answer, what: "push" | "delete"): void;
  refused(response: Answer, required: readonly Access[], reason?: string): void;
}

/** Of blobs that were mounted or uploaded, and of manifests; of deletes. */
const DONE = { push: 201, delete: 202 } as const;

export function createRequestAudit(sink: AuditSink): RequestAudit {
  return {
    changed(response, what) {
      if (response.statusCode !== DONE[what]) return;
      const digest = response.locals.answered?.["docker-content-digest"];
      sink({
        event: what,
        outcome: "done",
        ...describe(response),
        digest: digest === undefined ? undefined : String(digest),
      });
    },
    refused(response, required, reason) {
      const last = required.at(-1);
      const action = last?.type === "repository" ? last.action : last?.type;
      sink({ event: "denial", outcome: "refused", ...describe(response), action, reason });
    },
  };
}

type Described = Pick<AuditEvent, "user" | "address" | "repository" | "reference" | "requestId">;

/** From what the dispatch has found out so far. */
function describe({ locals }: Answer): Described {
  return {
    user: locals.user ?? "",
    address: locals.address,
    repository: locals.repository || undefined,
    reference: locals.reference || undefined,
    requestId: locals.requestId,
  };
}
