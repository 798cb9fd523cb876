/** Where answers point to: the Location of each kind of request, in each way that URLs can be made. */
import assert from "node:assert/strict";
import type { AppOptions } from "../../../src/app.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { EMPTY_JSON, imageManifest, withDigest } from "../../support/registry-content.ts";
import type { Case, Chapter } from "./harness.ts";

type Headers = Readonly<Record<string, string>>;

/** The Locations of a POST, a PATCH, both ends of an upload, a mount and a manifest. All paths begin with `root`. */
async function locationsOf({ http }: Pick<Case, "http">, root: string, headers: Headers): Promise<string[]> {
  const bytes = bytesOf(10);
  const digest = digestOf(bytes);
  const uploads = `${root}/v2/a/blobs/uploads/`;
  const posted = await http.request("POST", uploads, { headers });
  const patched = await http.request("PATCH", posted.location, { headers, body: bytes });
  const status = await http.request("GET", patched.location, { headers });
  const completed = await http.request("PUT", withDigest(patched.location, digest), { headers });
  const atOnce = await http.request("POST", `${uploads}?digest=${digestOf(EMPTY_JSON)}`, { headers, body: EMPTY_JSON });
  const mounted = await http.request("POST", `${uploads}?mount=${digest}&from=a`, { headers });
  const manifest = await http.request("PUT", `${root}/v2/a/manifests/latest`, { headers, body: imageManifest() });
  const answers = [posted, patched, status, completed, atOnce, mounted, manifest];
  assert.deepEqual(
    answers.map(({ status: code }) => code),
    [202, 202, 204, 201, 201, 201, 201],
  );
  return answers.map((answer) => answer.header("location"));
}

interface Row {
  readonly title: string;
  readonly app: Partial<AppOptions>;
  readonly headers?: Headers;
  /** What the Locations begin with. The port is the server's. */
  readonly base: (port: number) => string;
  readonly root?: string;
}

const FORWARDED = { "x-forwarded-proto": "https", "x-forwarded-host": "registry.example:8443" };

const ROWS: readonly Row[] = [
  { title: "relative", app: {}, base: () => "" },
  {
    title: "relative, whatever a proxy says",
    app: { trustedProxies: ["loopback"] },
    headers: FORWARDED,
    base: () => "",
  },
  {
    title: "under a prefix",
    app: { locations: { prefix: "/pre/fix/", relative: true } },
    root: "/pre/fix",
    base: () => "",
  },
  {
    title: "absolute, by the request",
    app: { locations: { prefix: "/", relative: false } },
    base: (port) => `http://127.0.0.1:${port}`,
  },
  {
    title: "absolute, a proxy that is not trusted is not believed",
    app: { locations: { prefix: "/", relative: false } },
    headers: FORWARDED,
    base: (port) => `http://127.0.0.1:${port}`,
  },
  {
    title: "absolute, another proxy is trusted",
    app: { locations: { prefix: "/", relative: false }, trustedProxies: ["10.0.0.0/8"] },
    headers: FORWARDED,
    base: (port) => `http://127.0.0.1:${port}`,
  },
  {
    title: "absolute, a trusted proxy is believed",
    app: { locations: { prefix: "/", relative: false }, trustedProxies: ["loopback"] },
    headers: FORWARDED,
    base: () => "https://registry.example:8443",
  },
  {
    title: "absolute, the first of several proxies",
    app: { locations: { prefix: "/", relative: false }, trustedProxies: ["loopback"] },
    headers: { "x-forwarded-proto": "https, http", "x-forwarded-host": "outer.example, inner.example" },
    base: () => "https://outer.example",
  },
  {
    title: "http.host",
    app: {
      locations: { prefix: "/", relative: false, externalUrl: "https://example.org:444/" },
      trustedProxies: ["loopback"],
    },
    headers: FORWARDED,
    base: () => "https://example.org:444",
  },
  {
    title: "http.host under a prefix",
    app: { locations: { prefix: "/pre/", relative: true, externalUrl: "https://example.org" } },
    root: "/pre",
    base: () => "https://example.org",
  },
];

export const locations: Chapter = {
  ids: ["locations"],
  title: "",
  define(cases) {
    for (const { title, app, headers = {}, base, root = "" } of ROWS) {
      cases.case(
        title,
        async (c) => {
          const found = await locationsOf(c, root, headers);
          const digest = digestOf(bytesOf(10));
          const start = `${base(c.http.port)}${root}/v2/a/`;
          for (const location of found.slice(0, 3)) {
            assert.ok(location.startsWith(`${start}blobs/uploads/`), location);
            assert.match(location.slice(start.length), /^blobs\/uploads\/[0-9a-f-]{36}\?_state=[A-Za-z0-9_-]+$/);
          }
          assert.deepEqual(found.slice(3), [
            `${start}blobs/${digest}`,
            `${start}blobs/${digestOf(EMPTY_JSON)}`,
            `${start}blobs/${digest}`,
            `${start}manifests/${digestOf(imageManifest())}`,
          ]);
        },
        { app },
      );
    }
  },
};
