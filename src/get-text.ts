/** Small documents of others: never more of them than was asked for, never longer than one wants to wait, never from elsewhere. */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { isPrivateHost, lookupPublic } from "./private-addresses.ts";

export interface GetOptions {
  readonly url: URL;
  /** Certificates of authorities, instead of those that Node knows. */
  readonly authorities?: string | undefined;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** Rejects for a private address, also behind a name. */
  readonly publicOnly?: boolean | undefined;
  readonly maxBytes: number;
  readonly timeoutMilliseconds: number;
}

/** Rejects for any status but 200: a redirect could lead anywhere. */
export async function getText(options: GetOptions): Promise<string> {
  const { url, authorities, token, publicOnly = false, maxBytes, timeoutMilliseconds } = options;
  // Node looks up names only.
  if (publicOnly && isIP(url.hostname.replace(/^\[|\]$/g, "")) && (await isPrivateHost(url.hostname))) {
    throw new Error(`${url.origin} is at a private address`);
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
    signal: AbortSignal.timeout(timeoutMilliseconds),
    headers: { accept: "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(authorities !== undefined && { ca: authorities }),
    ...(publicOnly && { lookup: lookupPublic, agent: false }),
  });
  request.once("error", (error) =>
    reject(new Error(`${url.origin} does not answer: ${error.message}`, { cause: error })),
  );
  request.once("response", (response) => {
    const fail = (problem: string) => {
      request.destroy();
      reject(new Error(`${url.href} ${problem}`));
    };
    if (response.statusCode !== 200) return fail(`answers with ${response.statusCode}`);
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) fail(`answers with more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    response.once("error", (error) => fail(`breaks off: ${error.message}`));
    response.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
  request.end();
  return await promise;
}
