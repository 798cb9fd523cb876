/** What the driver relies on, asked of a Swift in its own language: the double may claim only what the real one says. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { listContainer, logIn, type SwiftAccount, type SwiftCredentials } from "../../support/swift-account.ts";

export interface WireSubject {
  readonly credentials: SwiftCredentials;
  close(): Promise<void>;
}

export function swiftWire(name: string, open: () => Promise<WireSubject>): void {
  describe(`the protocol of ${name}`, () => {
    let subject: WireSubject;
    let account: SwiftAccount;
    const container = `wire-${randomUUID()}`;
    before(async () => {
      subject = await open();
      account = await logIn(subject.credentials);
      assert.equal((await account.send("PUT", container)).status, 201);
    });
    after(() => subject?.close());

    for (const [title, run] of Object.entries(CASES)) {
      test(title, () =>
        run({ account, container, at: (path) => `${container}/${title.replaceAll(" ", "-")}/${path}` }),
      );
    }
  });
}

interface Wire {
  readonly account: SwiftAccount;
  readonly container: string;
  /** The path of an object of this case. */
  at(name: string): string;
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

const CASES: Readonly<Record<string, (wire: Wire) => Promise<void>>> = {
  async "an object is written and read"({ account, at }) {
    const written = await account.send("PUT", at("o"), { body: "hello" });
    assert.equal(written.status, 201);
    assert.equal(written.headers.get("etag"), md5("hello"));
    const head = await account.send("HEAD", at("o"));
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), "5");
    assert.match(head.headers.get("x-timestamp") ?? "", /^\d+\.\d{5}$/);
    assert.ok(head.headers.has("x-trans-id"));
    assert.equal((await account.send("GET", at("o"))).text, "hello");
  },

  async "what is not there is 404"({ account, at }) {
    for (const method of ["GET", "HEAD", "DELETE"]) {
      const answer = await account.send(method, at("nothing"));
      assert.equal(answer.status, 404);
      assert.ok(answer.headers.has("x-trans-id"));
    }
    assert.equal((await account.send("PUT", "no-such-container/o", { body: "x" })).status, 404);
    assert.equal((await account.send("HEAD", "no-such-container")).status, 404);
  },

  async "an object is deleted once"({ account, at }) {
    await account.send("PUT", at("o"), { body: "x" });
    assert.equal((await account.send("DELETE", at("o"))).status, 204);
    assert.equal((await account.send("DELETE", at("o"))).status, 404);
  },

  async "a wrong sum is 422"({ account, at }) {
    assert.equal((await account.send("PUT", at("o"), { body: "hello", headers: { etag: md5("other") } })).status, 422);
    assert.equal((await account.send("HEAD", at("o"))).status, 404);
  },

  async "a long name is 400"({ account, container }) {
    const answer = await account.send("PUT", `${container}/${"a".repeat(1025)}`, { body: "x" });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /name length/);
    assert.equal((await account.send("PUT", `${container}/${"a".repeat(1024)}`, { body: "x" })).status, 201);
  },

  async "creating what is there is 412"({ account, at }) {
    const create = () => account.send("PUT", at("o"), { body: "x", headers: { "if-none-match": "*" } });
    assert.equal((await create()).status, 201);
    assert.equal((await create()).status, 412);
  },

  async "ranges are cut to the object"({ account, at }) {
    await account.send("PUT", at("o"), { body: "hello" });
    await account.send("PUT", at("empty"), { body: "" });
    const range = (name: string, value: string) =>
      account.send("GET", at(name), { headers: { range: `bytes=${value}` } });
    const middle = await range("o", "1-900");
    assert.deepEqual([middle.status, middle.text], [206, "ello"]);
    assert.equal(middle.headers.get("content-range"), "bytes 1-4/5");
    assert.equal((await range("o", "5-")).status, 416);
    assert.equal((await range("o", "5-")).headers.get("content-range"), "bytes */5");
    assert.equal((await range("empty", "0-")).status, 416);
  },

  async "a listing has names, sizes, dates and directories"({ account, container, at }) {
    for (const name of ["a", "b/1", "b/2", "b-", "c"]) await account.send("PUT", at(name), { body: name });
    const prefix = at("").slice(container.length + 1);
    const list = async (query: Readonly<Record<string, string>>) => {
      const { text } = await account.send(
        "GET",
        `${container}?${new URLSearchParams({ format: "json", prefix, ...query })}`,
      );
      return JSON.parse(text) as { name?: string; subdir?: string; bytes: number; last_modified: string }[];
    };
    const names = async (query: Readonly<Record<string, string>>) =>
      (await list(query)).map(({ name, subdir }) => (name ?? subdir ?? "").slice(prefix.length));
    assert.deepEqual(await names({}), ["a", "b-", "b/1", "b/2", "c"]);
    assert.deepEqual(await names({ limit: "2" }), ["a", "b-"]);
    assert.deepEqual(await names({ marker: `${prefix}b/1` }), ["b/2", "c"]);
    assert.deepEqual(await names({ delimiter: "/" }), ["a", "b-", "b/", "c"]);
    assert.deepEqual(await names({ delimiter: "/", marker: `${prefix}b/` }), ["c"]);
    assert.deepEqual(await names({ delimiter: "/", marker: `${prefix}b/1` }), ["b/", "c"]);
    const [first] = await list({});
    assert.equal(first?.bytes, 1);
    assert.match(first?.last_modified ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    const head = await account.send("HEAD", at("a"));
    const [whole, fraction] = (head.headers.get("x-timestamp") ?? "").split(".");
    assert.equal(first?.last_modified, `${new Date(Number(whole) * 1000).toISOString().slice(0, 19)}.${fraction}0`);
  },

  async "a static large object is its segments"({ account, container, at }) {
    for (const name of ["s/1", "s/2"]) await account.send("PUT", at(name), { body: "hello" });
    const entries = ["s/1", "s/2"].map((name) => ({ path: `/${at(name)}`, etag: md5("hello"), size_bytes: 5 }));
    const sum = md5(md5("hello") + md5("hello"));
    const write = (name: string, body: unknown, headers = {}) =>
      account.send("PUT", `${at(name)}?multipart-manifest=put`, {
        body: JSON.stringify(body),
        headers: { accept: "application/json", ...headers },
      });
    const written = await write("o", entries, { etag: sum });
    assert.equal(written.status, 201);
    assert.equal(written.headers.get("etag"), `"${sum}"`);
    assert.equal((await write("o", entries, { etag: md5("") })).status, 422);

    const head = await account.send("HEAD", at("o"));
    assert.equal(head.headers.get("content-length"), "10");
    assert.equal(head.headers.get("x-static-large-object"), "True");
    assert.equal(head.headers.get("etag"), `"${sum}"`);
    const range = await account.send("GET", at("o"), { headers: { range: "bytes=3-6" } });
    assert.deepEqual([range.status, range.text, range.headers.get("content-range")], [206, "lohe", "bytes 3-6/10"]);
    const listed = await listContainer(account, container, at("o").slice(container.length + 1));
    assert.deepEqual(
      listed.map(({ bytes, slo_etag }) => [bytes, slo_etag]),
      [[10, `"${sum}"`]],
    );
    const manifest = await account.send("GET", `${at("o")}?multipart-manifest=get`);
    assert.deepEqual(
      (JSON.parse(manifest.text) as { name: string; bytes: number }[]).map(({ name, bytes }) => [name, bytes]),
      entries.map(({ path }) => [path, 5]),
    );
    assert.equal(manifest.headers.get("x-static-large-object"), "True");
  },

  async "a manifest of manifests is one object"({ account, at }) {
    await account.send("PUT", at("s"), { body: "hello" });
    const write = (name: string, path: string) =>
      account.send("PUT", `${at(name)}?multipart-manifest=put`, { body: JSON.stringify([{ path: `/${at(path)}` }]) });
    assert.equal((await write("list", "s")).status, 201);
    const sum = md5(md5("hello"));
    const outer = await account.send("PUT", `${at("o")}?multipart-manifest=put`, {
      body: JSON.stringify([{ path: `/${at("list")}`, etag: sum, size_bytes: 5 }]),
      headers: { etag: md5(sum) },
    });
    assert.equal(outer.status, 201);
    assert.equal((await account.send("GET", at("o"))).text, "hello");
    const [entry] = JSON.parse((await account.send("GET", `${at("o")}?multipart-manifest=get`)).text);
    assert.deepEqual([entry.name, entry.sub_slo], [`/${at("list")}`, true]);
  },

  async "a manifest of what is not there is 400, and says why"({ account, at }) {
    await account.send("PUT", at("s"), { body: "hello" });
    const write = (entry: unknown) =>
      account.send("PUT", `${at("o")}?multipart-manifest=put`, {
        body: JSON.stringify([entry]),
        headers: { accept: "application/json" },
      });
    for (const [entry, reason] of [
      [{ path: `/${at("nothing")}` }, "404 Not Found"],
      [{ path: `/${at("s")}`, etag: md5("other") }, "Etag Mismatch"],
      [{ path: `/${at("s")}`, size_bytes: 6 }, "Size Mismatch"],
    ] as const) {
      const answer = await write(entry);
      assert.equal(answer.status, 400);
      assert.deepEqual(JSON.parse(answer.text).Errors[0][1], reason);
    }
    assert.equal((await account.send("HEAD", at("o"))).status, 404);
  },

  async "too many segments are 413"({ account, at }) {
    await account.send("PUT", at("s"), { body: "hello" });
    const entries = Array.from({ length: 1001 }, () => ({ path: `/${at("s")}` }));
    const answer = await account.send("PUT", `${at("o")}?multipart-manifest=put`, { body: JSON.stringify(entries) });
    assert.equal(answer.status, 413);
  },

  async "a dynamic large object is what begins so, and is listed as empty"({ account, container, at }) {
    for (const name of ["s/1", "s/2"]) await account.send("PUT", at(name), { body: "hello" });
    await account.send("PUT", at("o"), { body: "", headers: { "x-object-manifest": at("s/") } });
    const head = await account.send("HEAD", at("o"));
    assert.equal(head.headers.get("content-length"), "10");
    assert.equal(decodeURIComponent(head.headers.get("x-object-manifest") ?? ""), at("s/"));
    const range = await account.send("GET", at("o"), { headers: { range: "bytes=3-6" } });
    assert.deepEqual([range.status, range.text], [206, "lohe"]);
    const [listed] = await listContainer(account, container, at("o").slice(container.length + 1));
    assert.equal(listed?.bytes, 0);
  },

  async "a copy is one piece, whatever it is of"({ account, at }) {
    for (const name of ["s/1", "s/2"]) await account.send("PUT", at(name), { body: "hello" });
    const entries = ["s/1", "s/2"].map((name) => ({ path: `/${at(name)}` }));
    await account.send("PUT", `${at("static")}?multipart-manifest=put`, { body: JSON.stringify(entries) });
    await account.send("PUT", at("dynamic"), { body: "", headers: { "x-object-manifest": at("s/") } });
    for (const name of ["static", "dynamic"]) {
      const headers = { destination: at(`copy-of-${name}`), "content-type": "text/new" };
      const copied = await account.send("COPY", at(name), { headers });
      assert.equal(copied.status, 201);
      const found = await account.send("GET", at(`copy-of-${name}`));
      assert.equal(found.text, "hellohello");
      assert.equal(found.headers.get("etag"), md5("hellohello"));
      assert.equal(found.headers.get("content-type"), "text/new");
      assert.equal(found.headers.get("x-static-large-object") ?? found.headers.get("x-object-manifest"), null);
    }
  },

  async "a copy may be of a stretch, and of what has not changed"({ account, at }) {
    for (const name of ["s/1", "s/2"]) await account.send("PUT", at(name), { body: "hello" });
    await account.send("PUT", `${at("static")}?multipart-manifest=put`, {
      body: JSON.stringify(["s/1", "s/2"].map((name) => ({ path: `/${at(name)}` }))),
    });
    await account.send("PUT", at("dynamic"), { body: "", headers: { "x-object-manifest": at("s/") } });
    await account.send("PUT", at("plain"), { body: "hellohello" });
    for (const name of ["static", "dynamic", "plain"]) {
      const copy = (headers: Readonly<Record<string, string>>) =>
        account.send("COPY", at(name), { headers: { destination: at("part"), range: "bytes=3-6", ...headers } });
      const etag = (await account.send("HEAD", at(name))).headers.get("etag") ?? "";
      const copied = await copy({ "if-match": etag });
      assert.deepEqual([copied.status, copied.headers.get("etag")], [201, md5("lohe")]);
      assert.equal((await account.send("GET", at("part"))).text, "lohe");
      assert.equal((await copy({ "if-match": md5("other") })).status, 412);
    }
    assert.equal((await account.send("COPY", at("nothing"), { headers: { destination: at("part") } })).status, 404);
  },

  async "many are deleted at once, present or not"({ account, container, at }) {
    for (const name of ["a", "ä/?&%"])
      await account.send("PUT", encodeURI(at(name)).replace("?", "%3F"), { body: "x" });
    const lines = ["a", "ä/?&%", "nothing"].map(
      (name) => `/${at(name).split("/").map(encodeURIComponent).join("/")}\n`,
    );
    const remove = (headers = {}) =>
      account.send("POST", "?bulk-delete=true", {
        body: lines.join(""),
        headers: { "content-type": "text/plain", accept: "application/json", ...headers },
      });
    const refused = await remove({ "x-auth-token": "wrong" });
    assert.equal(refused.status, 200);
    assert.deepEqual(JSON.parse(refused.text)["Response Status"], "400 Bad Request");
    assert.deepEqual(JSON.parse(refused.text).Errors[0][1], "401 Unauthorized");
    const done = JSON.parse((await remove()).text);
    assert.equal(done["Response Status"], "200 OK");
    assert.deepEqual(done.Errors, []);
    assert.deepEqual(await listContainer(account, container, at("").slice(container.length + 1)), []);
  },

  async "a container has metadata"({ account, container }) {
    assert.equal((await account.send("PUT", container)).status, 202);
    assert.equal(
      (await account.send("POST", container, { headers: { "x-container-meta-temp-url-key": "k" } })).status,
      204,
    );
    const head = await account.send("HEAD", container);
    assert.equal(head.status, 204);
    assert.equal(head.headers.get("x-container-meta-temp-url-key"), "k");
  },

  async "a wrong token is 401"({ account, at }) {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "COPY"]) {
      const headers = { "x-auth-token": "wrong", destination: at("other") };
      assert.equal((await account.send(method, at("o"), { headers })).status, 401, method);
    }
  },

  async "the store tells what it can"({ account }) {
    const info = (await (await fetch(new URL("../info", account.storageUrl))).json()) as {
      readonly swift: { readonly max_object_name_length: number; readonly container_listing_limit: number };
      readonly slo: { readonly max_manifest_segments: number };
      readonly bulk_delete: { readonly max_deletes_per_request: number };
      readonly tempurl: { readonly methods: readonly string[]; readonly allowed_digests: readonly string[] };
    };
    assert.equal(info.swift.max_object_name_length, 1024);
    assert.equal(info.swift.container_listing_limit, 10_000);
    assert.equal(info.bulk_delete.max_deletes_per_request, 10_000);
    assert.ok(info.slo.max_manifest_segments > 0);
    assert.ok(info.tempurl.methods.includes("GET") && info.tempurl.allowed_digests.includes("sha256"));
  },
};
