/**
 * The calls that are made most (an object is read, written or deleted, a part is sent) without the SDK's way through its
 * middlewares. What is said to a request that has nothing to do with the object (a redirect to another region, a clock that
 * is wrong, a signature that is not taken) is left to the SDK, which knows what to do.
 */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Client } from "./client.ts";
import type { Payload } from "./payload.ts";
import type { StaticCredentials } from "./settings.ts";
import { createSigner, EMPTY_BODY, encodePath, encodeQuery, type Signer, UNSIGNED, type Unsigned } from "./sign.ts";

export interface Asked {
  readonly method: Unsigned["method"];
  /** With the root directory. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** In lower case, and without those that every request has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Its pieces are sent; as a stream it is left untouched, for the SDK. */
  readonly body?: Payload | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The answer, whose body is the caller's to read or to `resume`. `undefined`: nothing was done, ask by the SDK. Rejects with
 * errors that look like the SDK's.
 */
export type Direct = (asked: Asked) => Promise<IncomingMessage | undefined>;

interface Place {
  readonly origin: URL;
  /** In front of keys, with a slash at its end. */
  readonly path: string;
  readonly sign: Signer;
}

export function createDirect(client: Client): Direct {
  let found: Promise<Place | undefined> | undefined;

  return async (asked) => {
    found ??= findPlace(client).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    const place = await found;
    if (place === undefined) return undefined;
    const answer = await send(client, place, asked);
    const { statusCode: status = 0 } = answer;
    if (status === 200 || status === 204 || status === 206) return answer;
    const said = await readError(answer);
    if (status < 400 || status === 400 || status === 401 || status === 403) return undefined;
    throw Object.assign(new Error(said.message), {
      name: said.code || String(status),
      $metadata: { httpStatusCode: status, requestId: answer.headers["x-amz-request-id"] },
    });
  };
}

const PROBE = "key";

/** Where the SDK sends its requests, and for which region it signs them. `undefined`: in a way that is not known here. */
async function findPlace({ sdk, bucket }: Client): Promise<Place | undefined> {
  const url = new URL(await getSignedUrl(sdk, new GetObjectCommand({ Bucket: bucket, Key: PROBE })));
  const [, region, service] =
    /\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request$/.exec(url.searchParams.get("X-Amz-Credential") ?? "") ?? [];
  const isKnown = url.searchParams.get("X-Amz-Algorithm") === "AWS4-HMAC-SHA256" && service === "s3";
  if (!isKnown || region === undefined || !url.pathname.endsWith(`/${PROBE}`)) return undefined;
  return { origin: url, path: url.pathname.slice(0, -PROBE.length), sign: createSigner({ region, service }) };
}

async function send(client: Client, { origin, path: base, sign }: Place, asked: Asked): Promise<IncomingMessage> {
  const { sdk, agents } = client;
  const { method, body, signal } = asked;
  const path = base + encodePath(asked.key);
  const query = encodeQuery(asked.query ?? {});
  const credentials: StaticCredentials = await sdk.config.credentials();
  const headers = { host: origin.host, ...(body && { "content-length": String(body.size) }), ...asked.headers };
  const signed = sign(
    { method, path, query, headers, bodyHash: bodyHashOf(client, body) },
    credentials,
    new Date(Date.now() + sdk.config.systemClockOffset),
  );
  const isTls = origin.protocol === "https:";
  return await new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request({
      agent: isTls ? agents.https : agents.http,
      hostname: origin.hostname.replace(/^\[|\]$/g, ""),
      ...(origin.port && { port: origin.port }),
      method,
      path: query ? `${path}?${query}` : path,
      // Not signed: a proxy may have its own idea of it.
      headers: { ...signed, "user-agent": client.userAgent },
      ...(signal && { signal }),
    });
    request.on("error", reject).once("response", (answer: IncomingMessage) => {
      // A store that refuses early may not read the rest of the body, and the socket would wait for ever.
      answer.once("end", () => request.writableFinished || request.destroy());
      // Where it has taken the body, the socket must be done with that: its memory is about to be given back.
      if (answer.statusCode === 200 && !request.writableFinished) request.once("finish", () => resolve(answer));
      else resolve(answer);
    });
    for (const piece of body?.pieces ?? []) request.write(piece);
    request.end();
  });
}

function bodyHashOf({ signsPayloads }: Client, body: Payload | undefined): string {
  if (body === undefined) return EMPTY_BODY;
  return signsPayloads ? body.sha256() : UNSIGNED;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** What an answer that is no object says: an XML document, or whatever a proxy in between has written. */
async function readError(answer: IncomingMessage): Promise<{ readonly code: string; readonly message: string }> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MAX_ERROR_BYTES) break;
  }
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? "";
  return { code: element("Code"), message: element("Message") || `the store answered ${answer.statusCode}` };
}
