/** The audit events as lines of the log. They are there whatever `log.level` says: that is for what may be left out. */
import type { AuditEvent, AuditSink } from "./auth/audit.ts";
import type { ProcessLog } from "./log.ts";

export function createAuditLog(log: Pick<ProcessLog, "child">): AuditSink {
  const lines = log.child({ audit: true }, { level: "info" });
  return (event) => lines.info(event, sentenceOf(event));
}

function sentenceOf({ event, outcome, user, repository, action, reason }: AuditEvent): string {
  const who = user === "" ? "somebody" : JSON.stringify(user);
  const where = repository === undefined ? "" : ` ${repository}`;
  switch (event) {
    case "login":
      return outcome === "done" ? `${who} logged in` : `${who} was not let in: ${reason}`;
    case "denial":
      return `${who} may not ${action ?? "do that"}${where}${reason === undefined ? "" : `: ${reason}`}`;
    case "push":
      return `${who} pushed to${where}`;
    case "delete":
      return `${who} deleted from${where}`;
  }
}
