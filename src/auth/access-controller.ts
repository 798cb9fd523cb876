/** Who may do what. Values in, a value out: headers stay in src/http/access.ts, and no storage is seen here. */
import type { RepositoryName } from "../oci/names.ts";

export type Access =
  | { readonly type: "repository"; readonly name: RepositoryName; readonly action: "pull" | "push" | "delete" }
  | { readonly type: "catalog" };

export type Credentials =
  | { readonly scheme: "basic"; readonly username: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string };

export interface Identity {
  /** Who it is, for logs and for binding an upload to its owner. Empty: nobody in particular. */
  readonly subject: string;
}

export type AccessDecision =
  | { readonly kind: "granted"; readonly identity: Identity }
  /** `challenge` is the value of WWW-Authenticate. */
  | { readonly kind: "unauthenticated"; readonly challenge: string }
  | { readonly kind: "denied" };

export interface AccessController {
  /** For the line that the server prints at its start. */
  readonly description: string;
  /** All of `required`, or nothing. */
  authorize(credentials: Credentials | undefined, required: readonly Access[]): Promise<AccessDecision>;
}
