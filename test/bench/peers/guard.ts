/** The one account of a registry that asks for a password. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hash } from "@node-rs/bcrypt";

const NAME = "bench";
const PASSWORD = "bench-password";
/** What `htpasswd -B` takes by itself. */
const COST = 5;

export const authorization = `Basic ${Buffer.from(`${NAME}:${PASSWORD}`).toString("base64")}`;

export async function writePasswords(directory: string): Promise<string> {
  const file = join(directory, "htpasswd");
  // Go's bcrypt and ours agree on that prefix.
  await writeFile(file, `${NAME}:${(await hash(PASSWORD, COST)).replace(/^\$2b/, "$2y")}\n`);
  return file;
}
