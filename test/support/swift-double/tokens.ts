/** Who may ask: TempAuth's tokens, and Keystone's of both versions. */
import { randomUUID } from "node:crypto";
import type { Answer, Call } from "../s3-double/call.ts";
import { header } from "../s3-double/call.ts";
import type { Clock } from "./clock.ts";
import { Failure } from "./failure.ts";

export interface User {
  readonly name: string;
  readonly password: string;
  /** Others have a token, and may do nothing with it. */
  readonly owner: boolean;
}

interface Token {
  readonly id: string;
  readonly user: User;
  readonly expiresAt: number;
}

export class Tokens {
  /** How long new tokens live. */
  lifeSeconds = 3600;
  logins = 0;
  readonly #users: readonly User[];
  readonly #clock: Clock;
  #tokens: Token[] = [];

  constructor(users: readonly User[], clock: Clock) {
    this.#users = users;
    this.#clock = clock;
  }

  /** As if they had expired, and nobody had known. */
  revokeAll(): void {
    this.#tokens = [];
  }

  /** Throws 401. */
  userOf(id: string | undefined): User {
    const token = this.#tokens.find((candidate) => candidate.id === id);
    if (token && token.expiresAt > this.#clock.now()) return token.user;
    throw new Failure(401);
  }

  /** TempAuth gives the token again that it gave before. */
  logInV1(call: Call, storageUrl: string): Answer {
    const user = this.#check(header(call, "x-auth-user"), header(call, "x-auth-key"));
    const valid = this.#tokens.find((token) => token.user === user && token.expiresAt > this.#clock.now());
    const { id, expiresAt } = valid ?? this.#issue(user);
    const seconds = Math.floor((expiresAt - this.#clock.now()) / 1000);
    const headers = { "x-auth-token": id, "x-storage-token": id, "x-auth-token-expires": String(seconds) };
    return { status: 200, headers: { ...headers, "x-storage-url": storageUrl } };
  }

  logInV2({ body }: Call, storageUrl: string): Answer {
    const { auth } = JSON.parse(body.toString());
    const user = this.#check(auth.passwordCredentials?.username, auth.passwordCredentials?.password);
    const { id, expiresAt } = this.#issue(user);
    const endpoints = [{ region: "RegionOne", publicURL: storageUrl, internalURL: storageUrl, adminURL: storageUrl }];
    const access = {
      token: { id, issued_at: this.#iso(this.#clock.now()), expires: this.#iso(expiresAt) },
      serviceCatalog: auth.tenantName || auth.tenantId ? [{ type: "object-store", endpoints }] : [],
    };
    return { status: 200, body: JSON.stringify({ access }) };
  }

  logInV3({ body }: Call, storageUrl: string): Answer {
    const { auth } = JSON.parse(body.toString());
    const { password, application_credential: credential } = auth.identity;
    const [name, secret] = credential
      ? [credential.id, credential.secret]
      : [password.user.name, password.user.password];
    if (!credential && !password.user.domain) throw new Failure(400);
    const { id, expiresAt } = this.#issue(this.#check(name, secret));
    const endpoints = ["public", "internal"].map((kind) => ({ interface: kind, region: "RegionOne", url: storageUrl }));
    const token = {
      issued_at: this.#iso(this.#clock.now()),
      expires_at: this.#iso(expiresAt),
      ...(auth.scope || credential ? { catalog: [{ type: "object-store", endpoints }] } : {}),
    };
    return { status: 201, headers: { "x-subject-token": id }, body: JSON.stringify({ token }) };
  }

  #check(name: unknown, password: unknown): User {
    this.logins += 1;
    const user = this.#users.find((candidate) => candidate.name === name && candidate.password === password);
    if (!user) throw new Failure(401);
    return user;
  }

  #issue(user: User): Token {
    const token = { id: `token-${randomUUID()}`, user, expiresAt: this.#clock.now() + this.lifeSeconds * 1000 };
    this.#tokens.push(token);
    return token;
  }

  #iso(milliseconds: number): string {
    return new Date(milliseconds).toISOString().replace(/\d{3}Z$/, "000000Z");
  }
}
