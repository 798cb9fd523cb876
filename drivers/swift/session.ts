/** The token that requests carry: shared, renewed before it expires or when it is refused, by one login at a time. */
import { isDriverError } from "../errors.ts";

export interface Grant {
  readonly token: string;
  /** Without a slash at its end. */
  readonly storageUrl: string;
  /** Milliseconds from the login on. `undefined` where the store does not say. */
  readonly lifetime: number | undefined;
}

export type Login = () => Promise<Grant>;

export interface Session {
  grant(signal: AbortSignal | undefined): Promise<Grant>;
  /** After the store refused that one. */
  renew(refused: Grant, signal: AbortSignal | undefined): Promise<Grant>;
}

const LONGEST_MARGIN = 5 * 60_000;
/** Keystone may lock a user out who tries a wrong password again and again. */
const REFUSAL_MILLISECONDS = 10_000;

export function createSession(login: Login, now: () => number = () => performance.now()): Session {
  let current: { readonly grant: Grant; readonly renewAt: number; readonly expiresAt: number } | undefined;
  let pending: Promise<Grant> | undefined;
  let refusal: { readonly error: unknown; readonly until: number } | undefined;

  async function logIn(): Promise<Grant> {
    if (refusal && now() < refusal.until) throw refusal.error;
    try {
      const grant = await login();
      const { lifetime = Number.POSITIVE_INFINITY } = grant;
      const expiresAt = now() + lifetime;
      current = { grant, expiresAt, renewAt: expiresAt - Math.min(lifetime / 4, LONGEST_MARGIN) };
      return grant;
    } catch (error) {
      if (isDriverError(error, "denied")) refusal = { error, until: now() + REFUSAL_MILLISECONDS };
      throw error;
    }
  }

  /** Not with the signal of the caller who happens to be first: others wait for it too. */
  function renewed(): Promise<Grant> {
    pending ??= logIn().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return {
    async grant(signal) {
      if (!current || now() >= current.expiresAt) return await unlessAborted(renewed(), signal);
      // The old one is good still, also when the login fails.
      if (now() >= current.renewAt) renewed().catch(() => {});
      return current.grant;
    },
    async renew({ token }, signal) {
      // TempAuth gives the same token again while it is good. So neither a later grant nor the end of a login that began
      // before the refusal need bring another one.
      if (current && current.grant.token !== token) return current.grant;
      const grant = await unlessAborted(renewed(), signal);
      return grant.token === token ? await unlessAborted(renewed(), signal) : grant;
    },
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
