/** The vendor's library: where Cloud Storage is, who asks, and what signs. Nothing else knows. */
import { readFile } from "node:fs/promises";
import { Storage } from "@google-cloud/storage";
import { createAgents } from "../agents.ts";
import { DriverError } from "../errors.ts";
import type { GcsParameters } from "./config.ts";
import type { Connection } from "./http.ts";

/**
 * Nothing here is about a project. Not told of one, the library looks for it before it signs in: some seconds where there is no
 * metadata server, and an error where a federated identity may not ask for it.
 */
const NO_PROJECT = "none";

type Credentials = NonNullable<Storage["authClient"]["jsonContent"]>;

export interface Account {
  readonly storage: Storage;
  readonly connection: Connection;
  /** Whether there may be something to sign with. */
  readonly hasCredentials: boolean;
}

export async function openAccount(parameters: GcsParameters): Promise<Account> {
  const { useragent, apiendpoint } = parameters;
  const storage = new Storage({ projectId: NO_PROJECT, ...(apiendpoint && { apiEndpoint: apiendpoint }) });
  // Given to the constructor, it would print that this is deprecated.
  storage.authClient.jsonContent = await credentialsOf(parameters);
  const endpoint = new URL(storage.apiEndpoint);
  // A token that travels in the open is everybody's.
  const isAnonymous = endpoint.protocol === "http:";
  const connection: Connection = {
    endpoint,
    agents: createAgents(),
    userAgent: useragent === undefined ? "moorage" : `${useragent} moorage`,
    async authorize() {
      if (isAnonymous) return {};
      return Object.fromEntries(await storage.authClient.getRequestHeaders(endpoint.href));
    },
  };
  return { storage, connection, hasCredentials: !isAnonymous || storage.authClient.jsonContent !== null };
}

/** `null`: application default credentials. */
async function credentialsOf({ keyfile, credentials }: GcsParameters): Promise<Credentials | null> {
  if (credentials) return credentials;
  if (keyfile === undefined) return null;
  try {
    return JSON.parse(await readFile(keyfile, "utf8"));
  } catch (cause) {
    const { code } = cause as { code?: string };
    const message = `storage.gcs.keyfile: ${code ?? "not JSON"}: write the path of a JSON key file that can be read`;
    throw new DriverError("denied", "open", { message });
  }
}
