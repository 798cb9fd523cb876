/** A double of Cloud Storage: as much of its JSON API as a registry needs, and signed URLs. See README.md. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { DoubleBucket, resourceOf } from "./bucket.ts";
import { Failure, noBucket } from "./failure.ts";
import { listing } from "./list.ts";
import { sendMedia } from "./media.ts";
import { compose, find, insert, type Place, rewrite } from "./operations.ts";
import { flawOf, type Signatory } from "./signed-url.ts";

export interface GcsDouble {
  readonly url: string;
  stop(): Promise<void>;
}

type Buckets = Map<string, DoubleBucket>;

export async function startGcsDouble(signatory: Signatory): Promise<GcsDouble> {
  const buckets: Buckets = new Map();
  const server = createServer(async (request, response) => {
    try {
      const isApi = /^\/(upload\/)?storage\/v1\/b/.test(request.url ?? "");
      if (isApi) await answer(buckets, request, response);
      else answerSigned(buckets, signatory, request, response);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof Failure)) throw error;
      sendText(response, error.status, "application/json; charset=UTF-8", error.toJson());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(buckets: Buckets, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", headers } = request;
  const [path = "", search = ""] = (request.url ?? "").split("?");
  const query = new URLSearchParams(search);
  const body = await buffer(request);
  const isUpload = path.startsWith("/upload/");
  const [bucketName, o, name, verb, , targetBucket, , target] = path
    .replace(/^(\/upload)?\/storage\/v1\/b\/?/, "")
    .split("/")
    .map(decodeURIComponent);
  const sendJson = (value: unknown) =>
    sendText(response, 200, "application/json; charset=UTF-8", JSON.stringify(value));

  if (!bucketName) {
    buckets.set(JSON.parse(body.toString()).name, new DoubleBucket());
    return sendJson({ kind: "storage#bucket" });
  }
  const place = placeOf(buckets, bucketName);
  if (o !== "o") throw noBucket();
  if (name === undefined) {
    if (isUpload) return sendJson(insert(place, query, headers["content-type"] ?? "", body));
    return sendJson({ kind: "storage#objects", ...listing(place.bucket, query) });
  }
  if (method === "DELETE") return remove(place, name, response);
  if (verb === "compose") return sendJson(compose(place, name, query, body));
  if (verb === "rewriteTo" && targetBucket === bucketName) return sendJson(rewrite(place, name, target ?? "", query));
  if (query.get("alt") !== "media") return sendJson(resourceOf(find(place, name)));
  const object = place.bucket.get(name);
  if (object) sendMedia(response, object, headers.range);
  else sendText(response, 404, "text/html; charset=UTF-8", `No such object: ${bucketName}/${name}`);
}

function remove(place: Place, name: string, response: ServerResponse): void {
  find(place, name);
  place.bucket.delete(name);
  response.writeHead(204).end();
}

function answerSigned(
  buckets: Buckets,
  signatory: Signatory,
  { url = "", headers }: IncomingMessage,
  response: ServerResponse,
): void {
  // The library leaves the port out: Google has no other than the default one.
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  const flaw = flawOf(url, host, signatory);
  if (flaw !== undefined) {
    const status = flaw === "ExpiredToken" ? 400 : 403;
    sendText(response, status, "application/xml; charset=UTF-8", `<Error><Code>${flaw}</Code></Error>`);
    return;
  }
  const [path = "", search] = url.split("?");
  const [, bucketName = "", name = ""] = /^\/([^/]+)\/(.*)$/s.exec(path)?.map(decodeURIComponent) ?? [];
  const object = placeOf(buckets, bucketName).bucket.get(name);
  if (object) sendMedia(response, object, headers.range, new URLSearchParams(search).get("response-content-type"));
  else sendText(response, 404, "application/xml; charset=UTF-8", "<Error><Code>NoSuchKey</Code></Error>");
}

function placeOf(buckets: Buckets, bucketName: string): Place {
  const bucket = buckets.get(bucketName);
  if (!bucket) throw noBucket();
  return { bucketName, bucket };
}

function sendText(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
