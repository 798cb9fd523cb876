import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLocations } from "../../../src/http/locations.ts";
import { parsePage } from "../../../src/http/pages.ts";
import { createPeers } from "../../../src/http/peers.ts";
import { isNotModified } from "../../../src/http/respond.ts";
import { isRegistryError } from "../../../src/oci/errors.ts";

test("a Link leads to the page that it was made for, whatever the last entry was", () => {
  const locations = createLocations({ prefix: "/some/path/", relative: true }, createPeers([]));
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 999_999_999 }), (last, n) => {
      const link = locations.next("/v2/a/tags/list", { last, n, none: undefined });
      const [, target = ""] = /^<([!-~]*)>; rel="next"$/.exec(link) ?? [];
      const url = new URL(target, "http://registry.test");
      assert.equal(url.pathname, "/some/path/v2/a/tags/list");
      assert.equal(parsePage(url.searchParams).limit, n);
      assert.equal(url.searchParams.get("last"), last.toWellFormed());
      assert.equal(url.searchParams.has("none"), false);
    }),
  );
});

test("n is a number of entries, or refused", () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat().map(String), fc.string()), (n) => {
      const isGood = /^[0-9]{1,9}$/.test(n) && !n.endsWith("\n");
      try {
        assert.equal(parsePage(new URLSearchParams({ n })).limit, Number(n));
        assert.ok(isGood, n);
      } catch (error) {
        assert.ok(isRegistryError(error, "page_invalid"), String(error));
        assert.ok(!isGood, n);
      }
    }),
  );
});

test("If-None-Match", () => {
  const etag = '"sha256:abc"';
  for (const header of [etag, "*", "sha256:abc", `W/${etag}`, `"a", ${etag}`, `"a",W/${etag} , "b"`]) {
    assert.equal(isNotModified(header, etag), true, header);
  }
  for (const header of [undefined, "", '"a"', '"sha256:abcd"', "sha256:ab", `x${etag}`]) {
    assert.equal(isNotModified(header, etag), false, header);
  }
});
