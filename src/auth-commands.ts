/** `moorage auth …`: what operators need to set up who may do what. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { hash } from "@node-rs/bcrypt";
import { decodeJwt } from "jose";
import { type ExplainRequest, type Explanation, explain } from "./auth/policy/explain.ts";
import { parsePolicy } from "./auth/policy/policy-file.ts";
import type { Claims } from "./auth/policy/workload-claims.ts";
import type { Config } from "./config/config.ts";
import { ExplainedError } from "./explained-error.ts";

export interface ExplainOptions extends Omit<ExplainRequest, "claims"> {
  /** A file. */
  readonly claims?: string | undefined;
}

/** Rejects `ExplainedError`. */
export async function explainAccess({ auth }: Config, options: ExplainOptions): Promise<Explanation> {
  const file = auth.permissions;
  if (file === undefined) {
    throw new ExplainedError(
      auth.isOpen
        ? "nobody is asked who they are: everybody may do everything"
        : "auth.permissions is not set: there are no rules to explain, and whoever can log in may do everything",
    );
  }
  const request = { ...options, claims: options.claims === undefined ? undefined : await readClaims(options.claims) };
  try {
    return explain(parsePolicy(await readFile(file, "utf8")), file, request, Date.now());
  } catch (error) {
    throw new ExplainedError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A token, whose signature nobody looks at here, or what it claims, as JSON. */
async function readClaims(file: string): Promise<Claims> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ExplainedError(`${file} cannot be read (${error.code})`);
  });
  try {
    return text.trimStart().startsWith("{") ? JSON.parse(text) : decodeJwt(text.trim());
  } catch {
    // What went wrong may have a part of the token in it.
    throw new ExplainedError(`${file} is no token, and no JSON with claims`);
  }
}

const RANDOM_PASSWORD_BYTES = 24;
const LONGEST_PASSWORD = 72;

export interface HashedPassword {
  /** For the file with the passwords. */
  readonly line: string;
  /** That nobody knows yet. */
  readonly generated: string | undefined;
}

/** Rejects `ExplainedError`. */
export async function hashPassword(
  name: string,
  { generate, cost: costText }: { readonly generate: boolean; readonly cost: string },
): Promise<HashedPassword> {
  if (!/^[^\s:#][^\s:]*$/.test(name)) throw new ExplainedError(`${JSON.stringify(name)} cannot be the name of a user`);
  const cost = Number(costText);
  if (!(Number.isInteger(cost) && cost >= 10 && cost <= 16)) throw new ExplainedError("the cost is from 10 to 16");
  const generated = generate ? randomBytes(RANDOM_PASSWORD_BYTES).toString("base64url") : undefined;
  const password = generated ?? (await readPassword());
  if (password === "") throw new ExplainedError("the password is empty");
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) {
    throw new ExplainedError(`a password has at most ${LONGEST_PASSWORD} bytes: bcrypt does not look at what follows`);
  }
  return { line: `${name}:${await hash(password, cost)}`, generated };
}

/** One line of standard input; from a terminal, without showing it. */
async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write("Password: ");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write("\n");
  }
}
