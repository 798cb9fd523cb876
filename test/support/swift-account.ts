/** Swift by its own API, for tests that look behind a driver's back. */
import type { SwiftParameters } from "../../drivers/swift/config.ts";

/** Credentials, as the driver takes them. */
export type SwiftCredentials = Partial<SwiftParameters> & Pick<SwiftParameters, "authurl">;

export interface SwiftRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface SwiftAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface SwiftAccount {
  readonly storageUrl: string;
  /** `path` begins with the container. */
  send(method: string, path: string, request?: SwiftRequest): Promise<SwiftAnswer>;
}

export async function logIn(credentials: SwiftCredentials): Promise<SwiftAccount> {
  const login = () => (credentials.authurl.includes("v3") ? logInV3 : logInV1)(credentials);
  let { token, storageUrl } = await login();
  const send: SwiftAccount["send"] = async (method, path, { headers, body } = {}) => {
    const answer = await fetch(`${storageUrl}/${path}`, {
      method,
      headers: { "x-auth-token": token, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return {
    storageUrl,
    async send(method, path, request = {}) {
      const answer = await send(method, path, request);
      if (answer.status !== 401 || request.headers?.["x-auth-token"] !== undefined) return answer;
      ({ token, storageUrl } = await login());
      return await send(method, path, request);
    },
  };
}

async function logInV1({ authurl, username = "", password = "" }: SwiftCredentials) {
  const { headers } = await fetch(authurl, { headers: { "x-auth-user": username, "x-auth-key": password } });
  return { token: headers.get("x-auth-token") ?? "", storageUrl: headers.get("x-storage-url") ?? "" };
}

interface TokenV3 {
  readonly token: { readonly catalog: { type: string; endpoints: { interface: string; url: string }[] }[] };
}

async function logInV3({ authurl, username: name, password, tenant }: SwiftCredentials) {
  const domain = { id: "default" };
  const identity = { methods: ["password"], password: { user: { name, password, domain } } };
  const answer = await fetch(`${authurl}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: tenant, domain } } } }),
  });
  const { token } = (await answer.json()) as TokenV3;
  const store = token.catalog.find(({ type }) => type === "object-store");
  const storageUrl = store?.endpoints.find((endpoint) => endpoint.interface === "public")?.url ?? "";
  return { token: answer.headers.get("x-subject-token") ?? "", storageUrl };
}

export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly slo_etag?: string;
}

export async function listContainer(
  { send }: SwiftAccount,
  container: string,
  prefix = "",
): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  for (let marker = ""; ; ) {
    const query = new URLSearchParams({ format: "json", prefix, marker });
    const { text } = await send("GET", `${container}?${query}`);
    const page = JSON.parse(text) as ListedObject[];
    const last = page.at(-1);
    if (!last) return found;
    found.push(...page);
    marker = last.name;
  }
}

export function escapePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
