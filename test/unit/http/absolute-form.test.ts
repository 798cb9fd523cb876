/** RFC 9112 section 3.2.2: whoever takes us for a proxy is answered as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { pushImage } from "../../support/registry-content.ts";
import { openWorld } from "../../support/registry-world.ts";

test("a target that is a whole URL: its path is served, and its host is the one that counts", async (t) => {
  const world = await openWorld(createMemoryDriver({ bucket: new Bucket(), now: Date.now }), {
    app: { locations: { prefix: "/", relative: false } },
  });
  t.after(world.close);
  const { http } = world;
  await pushImage(http, "a", "v1");
  const status = async (target: string) => (await http.request("GET", target)).status;
  for (const target of ["/v2/", "/v2/a/manifests/v1", "/v2/_catalog?n=1", "/livez", "/readyz", "", "?x"]) {
    assert.equal(await status(`http://registry.test:5000${target}`), 200, target);
  }
  assert.equal(await status("HTTPS://registry.test/v2/a/manifests/v1"), 200);
  for (const target of ["http://", "http:///v2/", "http://a@b/v2/", "ftp://a/v2/"]) {
    assert.equal(await status(target), 404, target);
  }
  const started = await http.request("POST", "http://registry.test:5000/v2/a/blobs/uploads/", {
    headers: { host: "elsewhere.test" },
  });
  assert.equal(started.status, 202);
  assert.match(started.header("location"), /^http:\/\/registry\.test:5000\/v2\/a\/blobs\/uploads\//);
});
