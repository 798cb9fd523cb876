/** Who may do what. Values in, a value out: headers stay in src/http/access.ts, and no storage is seen here. */
import type { RepositoryName } from "../oci/names.ts";

/** `list`: see that it is there, and its tags. `tag-overwrite`: let a tag mean something else than it does. */
export type RepositoryAction = "list" | "pull" | "push" | "tag-overwrite" | "delete";

export type Access =
  | { readonly type: "repository"; readonly name: RepositoryName; readonly action: RepositoryAction }
  /** The catalogue, or one entry in it. */
  | { readonly type: "catalog"; readonly entry?: RepositoryName };

export type Credentials =
  | { readonly scheme: "basic"; readonly username: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string }
  /** What a client certificate says that was good at the handshake. */
  | { readonly scheme: "certificate"; readonly name: string };

/** Where a request comes from. Of a request that is a getter of its class, for few want to know. */
export interface Origin {
  readonly address: string;
}

export interface Identity {
  /** Who it is, for logs and for binding an upload to its owner. Empty: nobody in particular. */
  readonly subject: string;
}

/** What WWW-Authenticate shall say. A path as realm is at the address that the client used. */
export interface BearerChallenge {
  readonly realm: string | { readonly path: string };
  readonly service: string;
  readonly required: readonly Access[];
  readonly error: "invalid_token" | "insufficient_scope" | undefined;
}

/** A text is the header as it is. */
export type Challenge = string | BearerChallenge;

export type AccessDecision =
  | { readonly kind: "granted"; readonly identity: Identity }
  /** Nobody, or nobody who could prove it. */
  | { readonly kind: "unauthenticated"; readonly challenge: Challenge }
  /** The token is good, and does not speak of this; its owner may get one that does. */
  | { readonly kind: "insufficient"; readonly identity: Identity; readonly challenge: Challenge }
  /** Without an identity: nobody, and no header could change that. */
  | { readonly kind: "denied"; readonly identity?: Identity | undefined }
  /** Too many wrong passwords, or too many logins at once. */
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number };

export interface AccessController {
  /** For the line that the server prints at its start. */
  readonly description: string;
  /** All of `required`, or nothing. */
  authorize(
    credentials: Credentials | undefined,
    required: readonly Access[],
    origin?: Origin | undefined,
  ): Promise<AccessDecision>;
  /** Whether `authorize` knows them without verifying: the hot path. Absent: never. */
  remembers?(credentials: Credentials): boolean;
}
