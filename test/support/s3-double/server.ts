/** A store for tests on a machine with only Node. It keeps its promises as the real ones do, and checks every signature. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { Bucket } from "./bucket.ts";
import { type Answer, type Call, header, readCall } from "./call.ts";
import { deleteObject, deleteObjects } from "./deletes.ts";
import { Failure } from "./failure.ts";
import { listObjects } from "./lists.ts";
import { abortUpload, completeUpload, copyPart, createUpload, listParts, listUploads, putPart } from "./multipart.ts";
import { copyObject, getObject, putObject } from "./objects.ts";
import type { Profile } from "./profiles.ts";
import { verifySignature } from "./signature.ts";

export interface S3Double {
  readonly endpoint: string;
  readonly port: number;
  readonly accesskey: string;
  readonly secretkey: string;
  readonly buckets: Map<string, Bucket>;
  /** What was asked for, newest last: `PUT /bucket/key`. */
  readonly calls: string[];
  /** Makes the answer, instead of `proceed` or after it. May throw a `Failure`. */
  interfere: ((call: Call, proceed: () => Answer) => Answer) | undefined;
  close(): Promise<void>;
}

export async function startS3Double(profile: Profile, options: { readonly cname?: string } = {}): Promise<S3Double> {
  const account = { accesskey: "double", secretkey: "double-secret" };
  const buckets = new Map<string, Bucket>();
  const calls: string[] = [];

  const answer = (call: Call): Answer => {
    calls.push(`${call.method} ${call.path}`);
    const proceed = () => answerProperly(call);
    return double.interfere ? double.interfere(call, proceed) : proceed();
  };

  const answerProperly = (call: Call): Answer => {
    verifySignature(call, account);
    if (/aws-chunked/.test(header(call, "content-encoding") ?? "") && !profile.takesChunkedSigning) {
      throw new Failure(400, "InvalidArgument", "aws-chunked encoding is not supported");
    }
    const { name, key } = placeOf(call, profile, options.cname);
    if (key === "" && call.method === "PUT") return createBucket(buckets, name);
    const bucket = buckets.get(name);
    if (!bucket) throw new Failure(404, "NoSuchBucket");
    if (Buffer.byteLength(key) > 1024) throw new Failure(400, "KeyTooLongError");
    return key === "" ? onBucket(bucket, call, profile) : onObject(buckets, bucket, key, call, profile);
  };

  const server = createServer(async (request, response) => {
    try {
      send(response, request.method, answer(await readCall(request)));
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const failure = error instanceof Failure ? error : new Failure(500, "InternalError", String(error));
      const headers = { "content-type": "application/xml" };
      send(response, request.method, { status: failure.status, headers, body: failure.toXml() });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const double: S3Double = {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    ...account,
    buckets,
    calls,
    interfere: undefined,
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return double;
}

function send(response: ServerResponse, method: string | undefined, answer: Answer): void {
  const { status, headers, body = "", breakAfter } = answer;
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { "content-length": Buffer.byteLength(body) }) });
  if (breakAfter === undefined) return void response.end(method === "HEAD" ? undefined : body);
  response.write(Buffer.from(body).subarray(0, breakAfter), () => response.destroy());
}

function placeOf(
  call: Call,
  profile: Profile,
  cname: string | undefined,
): { readonly name: string; readonly key: string } {
  const path = decodeURIComponent(call.path.slice(1));
  const [host = ""] = (header(call, "host") ?? "").split(":");
  if (host === cname?.split(":")[0]) return { name: cname?.split(":")[1] ?? "", key: path };
  const [, inHost] = host.match(/^(.+)\.localhost$/) ?? [];
  if (inHost !== undefined) return { name: inHost, key: path };
  if (profile.bucketIn === "host") throw new Failure(403, "SecondLevelDomainForbidden");
  const [, name = "", key = ""] = path.match(/^([^/]*)\/?(.*)$/s) ?? [];
  return { name, key };
}

function createBucket(buckets: Map<string, Bucket>, name: string): Answer {
  if (!buckets.has(name)) buckets.set(name, new Bucket());
  return { status: 200 };
}

function onBucket(bucket: Bucket, call: Call, profile: Profile): Answer {
  const { method, query } = call;
  if (method === "GET" && query.has("uploads")) {
    if (!profile.listsUploads) throw new Failure(501, "NotImplemented");
    return listUploads(bucket, call);
  }
  if (method === "GET" && query.get("list-type") === "2") return listObjects(bucket, call, profile);
  if (method === "POST" && query.has("delete")) return deleteObjects(bucket, call, profile);
  throw new Failure(501, "NotImplemented");
}

function onObject(
  buckets: ReadonlyMap<string, Bucket>,
  bucket: Bucket,
  key: string,
  call: Call,
  profile: Profile,
): Answer {
  const inUpload = call.query.has("uploadId");
  const isCopy = header(call, "x-amz-copy-source") !== undefined;
  switch (call.method) {
    case "GET":
      return inUpload ? listParts(bucket, key, call) : getObject(bucket, key, call);
    case "HEAD":
      return getObject(bucket, key, call);
    case "PUT":
      if (inUpload) return isCopy ? copyPart(buckets, bucket, key, call) : putPart(bucket, key, call);
      return isCopy ? copyObject(buckets, bucket, key, call) : putObject(bucket, key, call, profile);
    case "POST":
      return inUpload ? completeUpload(bucket, key, call, profile) : createUpload(bucket, key, call);
    case "DELETE":
      return inUpload ? abortUpload(bucket, key, call) : deleteObject(bucket, key);
    default:
      throw new Failure(405, "MethodNotAllowed");
  }
}
