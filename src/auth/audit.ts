/** Who did what, for those who have to know later. One event, one line in the log; never with a credential in it. */

export interface AuditEvent {
  readonly event: "login" | "push" | "delete" | "denial";
  readonly outcome: "done" | "refused";
  /** The subject; empty for nobody in particular. For a login that was refused, the name that was given. */
  readonly user: string;
  readonly address: string;
  readonly reason?: string | undefined;
  /** How somebody logged in. */
  readonly method?: "password" | "certificate" | "token" | "refresh token" | "oidc" | undefined;
  /** Of a workload's token that was genuine: whose it is, and what for. */
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
  readonly repository?: string | undefined;
  readonly action?: string | undefined;
  readonly reference?: string | undefined;
  readonly digest?: string | undefined;
  readonly requestId?: string | undefined;
}

export type AuditSink = (event: AuditEvent) => void;

export const noAudit: AuditSink = () => {};
