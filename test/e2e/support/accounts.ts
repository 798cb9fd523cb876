/** Who may come in: files for a registry's settings. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashSync } from "@node-rs/bcrypt";
import { temporaryDirectory } from "./directories.ts";

export interface Account {
  readonly user: string;
  readonly password: string;
}

export const accountOf = (user: string): Account => ({ user, password: `the password of ${user}` });

export const basic = ({ user, password }: Account): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const COST = 4;

/** Resolves to the settings of a registry that knows these users. `rules` is the file of `auth.permissions`. */
export async function writeAccounts(users: readonly string[], rules?: string): Promise<Record<string, string>> {
  const directory = temporaryDirectory();
  const htpasswd = join(directory, "htpasswd");
  const lines = users.map((user) => `${user}:${hashSync(accountOf(user).password, COST)}\n`);
  await writeFile(htpasswd, lines.join(""));
  if (rules === undefined) return { REGISTRY_AUTH_HTPASSWD_PATH: htpasswd };
  const permissions = join(directory, "permissions.yml");
  await writeFile(permissions, rules);
  return { REGISTRY_AUTH_HTPASSWD_PATH: htpasswd, REGISTRY_AUTH_PERMISSIONS: permissions };
}
