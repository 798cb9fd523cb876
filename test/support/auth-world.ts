/** A registry that asks who is there, set up from the text of a configuration as an operator writes it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import type { AuditEvent } from "../../src/auth/audit.ts";
import { openAuthentication } from "../../src/authentication.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { type Runtime, systemRuntime } from "../../src/runtime.ts";
import { type Answer, HttpClient, type RequestOptions } from "./registry-http.ts";
import { openWorld, type World, type WorldOptions } from "./registry-world.ts";
import { temporaryDirectory } from "./temp.ts";

export interface AuthWorld extends World {
  readonly directory: string;
  readonly audit: readonly AuditEvent[];
  /** Lines of the log of what happened around the files. */
  readonly authLog: readonly { readonly level: string; readonly message: string }[];
  write(name: string, content: string): Promise<void>;
  /** Requests with these credentials. */
  as(who: Who): HttpClient;
}

/** `name:password`, a token, or nobody. */
export type Who = string | { readonly token: string } | undefined;

export interface AuthWorldOptions extends WorldOptions {
  /** The section `auth`; `DIR` stands for the directory of `files`. */
  readonly auth: string;
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly authRuntime?: Runtime | undefined;
}

const SECRET = "0123456789abcdef0123456789abcdef";

export async function openAuthWorld(t: TestContext, options: AuthWorldOptions): Promise<AuthWorld> {
  const { path: directory, remove } = await temporaryDirectory();
  t.after(remove);
  const write = async (name: string, content: string) => {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  };
  for (const [name, content] of Object.entries(options.files ?? {})) await write(name, content);
  const auth = options.auth.replaceAll("DIR", directory);
  await write("config.yml", `version: 0.1\nstorage: inmemory\nauth:\n${auth.replace(/^/gm, "  ")}\n`);
  const { config } = await loadConfiguration({ file: join(directory, "config.yml"), environment: {}, directory });

  const audit: AuditEvent[] = [];
  const authLog: { level: string; message: string }[] = [];
  const write_ = (level: string) => (_: object, message: string) => void authLog.push({ level, message });
  const log = { debug: write_("debug"), info: write_("info"), warn: write_("warn"), error: write_("error") };
  const authentication = await openAuthentication(config.auth, {
    runtime: options.authRuntime ?? systemRuntime,
    log,
    audit: (event) => void audit.push(event),
    secrets: [SECRET],
    prefix: "/",
  });
  const world = await openWorld(createMemoryDriver({ bucket: new Bucket(), now: Date.now }), {
    ...options,
    access: authentication.access,
    tokens: authentication.tokens,
    audit: (event) => void audit.push(event),
  });
  t.after(async () => {
    await world.close();
    authentication.close();
  });
  return { ...world, directory, audit, authLog, write, as: (who) => clientOf(world.http, who) };
}

export function headersOf(who: Who): Readonly<Record<string, string>> {
  if (who === undefined) return {};
  if (typeof who === "object") return { authorization: `Bearer ${who.token}` };
  return { authorization: `Basic ${Buffer.from(who).toString("base64")}` };
}

function clientOf(http: HttpClient, who: Who): HttpClient {
  return new (class extends HttpClient {
    override request(method: string, path: string, { headers = {}, ...rest }: RequestOptions = {}): Promise<Answer> {
      return http.request(method, path, { headers: { ...headersOf(who), ...headers }, ...rest });
    }
  })(http.port);
}
