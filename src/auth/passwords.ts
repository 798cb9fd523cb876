/** Whether a password is that of a user, in the same time for users that there are and users that there are not. */
import { hash } from "node:crypto";
import { verify } from "@node-rs/bcrypt";
import type { Runtime } from "../runtime.ts";
import { createGate } from "./gate.ts";
import type { PasswordHashes } from "./htpasswd.ts";

export type PasswordAnswer = "right" | "wrong" | "busy";

export interface Passwords {
  check(username: string, password: string): Promise<PasswordAnswer>;
}

/** bcrypt runs on the few threads that file access and name resolution need as well. */
const AT_ONCE = 2;
const WAITING = 64;

/** Of nothing that anybody knows, for when there are no users. */
const NOBODYS_HASH = "$2b$10$SrRUuMbpOwzphwsO8kTh8eN0i0h18uzc80K9c6J4uHJOPDSqQuia2";

export function createPasswords(
  hashes: () => PasswordHashes,
  { runtime }: { readonly runtime: Pick<Runtime, "randomBytes"> },
): Passwords {
  const secret = runtime.randomBytes(32).toString("hex");
  const gate = createGate({ atOnce: AT_ONCE, waiting: WAITING });

  /** An unknown name takes as long as one of the known ones, and always the same one: costs may differ from user to user. */
  function decoyFor(username: string): string {
    const all = [...hashes().values()];
    const number = Number.parseInt(hash("sha256", secret + username, "hex").slice(0, 12), 16);
    return all[number % all.length] ?? NOBODYS_HASH;
  }

  return {
    async check(username, password) {
      const known = hashes().get(username);
      const outcome = await gate.pass(() => verify(password, known ?? decoyFor(username)));
      if (outcome === undefined) return "busy";
      return known !== undefined && outcome.done ? "right" : "wrong";
    },
  };
}
