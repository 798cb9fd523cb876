/**
 * What this driver sends to OSS, recorded with a fixed clock: hosts, subresources, headers, signatures. A change of them is to
 * be seen, since no real OSS is asked here. `MOORAGE_RECORD=1` records anew.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { ClientRequest } from "node:http";
import { Agent } from "node:https";
import { mock, test } from "node:test";
import { ossParameters } from "../../../../drivers/oss/config.ts";
import { ossSettings } from "../../../../drivers/oss/settings.ts";
import { createClient } from "../../../../drivers/s3/client.ts";
import { createDeleteMany, deleteObject } from "../../../../drivers/s3/delete.ts";
import { createDirect } from "../../../../drivers/s3/direct.ts";
import { headObject } from "../../../../drivers/s3/info.ts";
import { listObjects } from "../../../../drivers/s3/list.ts";
import { s3Multipart } from "../../../../drivers/s3/multipart.ts";
import { createPresigner } from "../../../../drivers/s3/presign.ts";
import { openObject } from "../../../../drivers/s3/read.ts";
import type { Store } from "../../../../drivers/s3/store.ts";
import { putObject } from "../../../../drivers/s3/write.ts";

const FILE = new URL("./requests.json", import.meta.url);
const GIVEN = { accesskeyid: "id", accesskeysecret: "secret", region: "oss-cn-hangzhou", bucket: "registry-data" };
const PLACES: Readonly<Record<string, object>> = {
  "by region": {},
  "inside Alibaba's network": { internal: true, encrypt: true, rootdirectory: "/a/root" },
  "on a domain of one's own": { endpoint: "layers.example.com" },
  "inside, and clients on a domain of one's own": { internal: true, redirectendpoint: "layers.example.com" },
};
/** What differs from one process, or one version of the client, to the next. */
const PASSING = /^(user-agent|x-amz-user-agent|amz-sdk-invocation-id|amz-sdk-request)$/;
const BYTES = Buffer.from("layer");
const KEY = "docker/registry/v2/a b+c/data";
const UPLOAD = { key: KEY, id: "0004B9894A22E5B1888A1E29F8236E2D" };

interface Sent {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const OPERATIONS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  head: (store) => headObject(store, KEY, undefined),
  "get a range": (store) => openObject(store, KEY, { start: 1, end: 3 }, undefined),
  put: (store) => putObject(store, KEY, BYTES, undefined),
  delete: (store) => deleteObject(store, KEY, undefined),
  "delete many": (store) => createDeleteMany(store)([KEY, "other"], undefined),
  list: (store) => listObjects(store, "moorage/", { delimiter: "/", startAfter: "moorage/a b" }).next(),
  "multipart.create": (store) => s3Multipart(store).create(KEY),
  "multipart.putPart": (store) => s3Multipart(store).putPart(UPLOAD, 1, BYTES),
  "multipart.abort": (store) => s3Multipart(store).abort(UPLOAD),
};

/** The first request of an operation, which is not sent. */
async function requestOf(given: object, operation: (store: Store) => Promise<unknown>): Promise<string[]> {
  const settings = ossSettings(ossParameters.parse({ ...GIVEN, ...given }));
  const client = createClient(settings, settings.endpoint);
  const sent: Sent[] = [];
  client.sdk.middlewareStack.add(
    () =>
      async ({ request }) => {
        sent.push(request as Sent);
        throw new Error("recorded");
      },
    { step: "deserialize", name: "record", priority: "low" },
  );
  const https = Object.assign(new Agent(), {
    addRequest(request: ClientRequest) {
      const { method, protocol, host: hostname, path } = request;
      sent.push({ method, protocol, hostname, path, headers: request.getHeaders() as Record<string, string> });
      process.nextTick(() => request.emit("error", new Error("recorded")));
    },
  });
  const direct = createDirect({ ...client, agents: { ...client.agents, https } });
  await assert.rejects(operation({ client, direct, settings, seen: { isCeph: false }, onHidden: assert.fail }));
  client.sdk.destroy();
  const { method, protocol, hostname, path, query = {}, headers } = sent[0] ?? assert.fail("nothing was sent");
  const asked = new URLSearchParams(query).toString();
  const lines = Object.entries(headers).filter(([name]) => !PASSING.test(name));
  return [
    `${method} ${protocol}//${hostname}${path}${asked && `?${asked}`}`,
    // A random id of the request is signed as well. That signatures are good is what the double looks at.
    ...lines.map((line) => line.join(": ").replace(/Signature=\w+/, "Signature=...")).sort(),
  ];
}

async function signedUrl(given: object): Promise<string> {
  const settings = ossSettings(ossParameters.parse({ ...GIVEN, ...given }));
  const client = createClient(settings, settings.endpoint);
  const store = { client, direct: createDirect(client), settings, seen: { isCeph: false }, onHidden: assert.fail };
  const { url } = await createPresigner(store).presignGet(KEY, { expiresInSeconds: 1200 });
  return url.href;
}

async function record() {
  const recorded: Record<string, Record<string, string | string[]>> = {};
  for (const [place, given] of Object.entries(PLACES)) {
    recorded[place] = { "signed URL": await signedUrl(given) };
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      recorded[place][name] = await requestOf(given, operation);
    }
  }
  return recorded;
}

test("what is sent to OSS is what was recorded", async () => {
  mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 0, 2, 3, 4, 5) });
  const recorded = await record();
  mock.timers.reset();
  if (process.env.MOORAGE_RECORD) writeFileSync(FILE, `${JSON.stringify(recorded, null, 2)}\n`);
  assert.deepEqual(recorded, JSON.parse(readFileSync(FILE, "utf8")));
});

test("the registry talks inside of Alibaba's network, and clients do not", () => {
  const recorded = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Record<string, string[]>>;
  const inside = recorded["inside Alibaba's network"] ?? assert.fail();
  assert.match(
    inside.put?.[0] ?? "",
    /^PUT https:\/\/registry-data\.s3\.oss-cn-hangzhou-internal\.aliyuncs\.com\/a\/root\//,
  );
  assert.match(String(inside["signed URL"]), /^https:\/\/registry-data\.s3\.oss-cn-hangzhou\.aliyuncs\.com\//);
  const own = recorded["inside, and clients on a domain of one's own"] ?? assert.fail();
  assert.match(
    String(own["signed URL"]),
    /^https:\/\/layers\.example\.com\/docker\/.*%2Fcn-hangzhou%2Fs3%2Faws4_request/,
  );
});
