/** nginx that sends the blobs of a directory itself, and the registry that says who may have which. */
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { test } from "node:test";
import { digestOf } from "../e2e/support/images.ts";
import { createRandom } from "../e2e/support/random.ts";
import { missing } from "../e2e/support/tools.ts";
import { createClient } from "./support/client.ts";
import { shipped } from "./support/files.ts";
import { nginxBehindALoadBalancer } from "./support/proxies.ts";
import { startReplicas } from "./support/replicas.ts";

const PATH = "/moorage-files/";

test("blobs come from nginx, with the registry's headers", { skip: missing("nginx") }, async (t) => {
  const replicas = await startReplicas(t, { env: { REGISTRY_STORAGE_FILESYSTEM_ACCELDIRECTORY: PATH } });
  await chmod(replicas.directory, 0o755); // nginx' workers are somebody else
  const files = shipped("deploy/nginx/files.conf").replace("/var/lib/registry/", `${replicas.directory}/`);
  const proxy = await nginxBehindALoadBalancer(t, replicas, [
    ["        proxy_pass", "        proxy_set_header X-Sendfile-Type X-Accel-Redirect;\n        proxy_pass"],
    ["    location ~ ", `${files}\n    location ~ `],
  ]);
  const client = createClient(proxy.url);
  const direct = createClient(replicas.members[0]?.url ?? "");
  t.after(() => {
    client.close();
    direct.close();
  });
  const blob = createRandom("files").bytes(3_000_000);
  const digest = digestOf(blob);
  const target = `/v2/some/files/blobs/${digest}`;
  const { status } = await direct(`/v2/some/files/blobs/uploads/?digest=${digest}`, { method: "POST", body: blob });
  assert.equal(status, 201);

  await t.test("all of it", async () => {
    const answer = await client(target);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, blob);
    const { etag, server = "" } = answer.headers;
    assert.deepEqual({ etag, by: String(server).split("/")[0] }, { etag: `"${digest}"`, by: "nginx" });
    assert.equal(answer.headers["docker-content-digest"], digest);
    assert.equal(answer.headers["content-type"], "application/octet-stream");
    assert.equal(answer.headers["x-accel-redirect"], undefined);
  });

  await t.test("a part of it", async () => {
    const answer = await client(target, { headers: { range: "bytes=100-199" } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers["content-range"], "bytes 100-199/3000000");
    assert.deepEqual(answer.body, blob.subarray(100, 200));
  });

  await t.test("what is not there is the registry's to say", async () => {
    const answer = await client(`/v2/some/files/blobs/${digestOf(Buffer.from("absent"))}`);
    assert.equal(answer.status, 404);
    assert.match(answer.body.toString(), /BLOB_UNKNOWN/);
  });

  await t.test("nobody gets at the files without the registry", async () => {
    const path = `${PATH}docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`;
    assert.equal((await client(path)).status, 404);
  });

  await t.test("whoever comes without nginx gets the bytes from the registry", async () => {
    assert.deepEqual((await direct(target)).body, blob);
  });
});
