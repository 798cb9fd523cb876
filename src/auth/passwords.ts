/** Whether a password is that of a user, in the same time for users that there are and users that there are not. */
import { hash } from "node:crypto";
import { verify } from "@node-rs/bcrypt";
import type { Runtime } from "../runtime.ts";
import { createGate } from "./gate.ts";
import type { PasswordHashes } from "./htpasswd.ts";

export type PasswordAnswer = "right" | "wrong" | "busy";

export interface Passwords {
  /** `isFamiliar`: it was right before. Then it does not wait behind strangers, however many there are. */
  check(username: string, password: string, isFamiliar?: boolean): Promise<PasswordAnswer>;
}

/** bcrypt runs on four threads that file access and name resolution need as well. */
const STRANGERS = { atOnce: 2, waiting: 64 };
const FAMILIAR = { atOnce: 1, waiting: 64 };

/** Of nothing that anybody knows, for when there are no users. */
const NOBODYS_HASH = "$2b$10$SrRUuMbpOwzphwsO8kTh8eN0i0h18uzc80K9c6J4uHJOPDSqQuia2";

export function createPasswords(
  hashes: () => PasswordHashes,
  { runtime }: { readonly runtime: Pick<Runtime, "randomBytes"> },
): Passwords {
  const secret = runtime.randomBytes(32).toString("hex");
  const strangers = createGate(STRANGERS);
  const familiar = createGate(FAMILIAR);

  /** An unknown name takes as long as one of the known ones, and always the same one: costs may differ from user to user. */
  function decoyFor(username: string): string {
    const all = [...hashes().values()];
    const number = Number.parseInt(hash("sha256", secret + username, "hex").slice(0, 12), 16);
    return all[number % all.length] ?? NOBODYS_HASH;
  }

  return {
    async check(username, password, isFamiliar = false) {
      const known = hashes().get(username);
      const outcome = await (isFamiliar ? familiar : strangers).pass(() =>
        verify(password, known ?? decoyFor(username)),
      );
      if (outcome === undefined) return "busy";
      return known !== undefined && outcome.done ? "right" : "wrong";
    },
  };
}
