/** The requests whose cost is compared: each once on a registry that has just started, and once more after that. */
import { randomBytes } from "node:crypto";
import { contentOf, createImageMaker, type Image, manifestOf } from "../../e2e/support/images.ts";
import {
  blobPath,
  type Client,
  lookAtBlob,
  mount,
  mountImage,
  pullBlob,
  pullImage,
  pushImage,
  pushInOneRequest,
  pushInSteps,
  pushManifest,
} from "./client.ts";

export interface Row {
  readonly name: string;
  /** Through a process of its own, so that what it does is not remembered. */
  readonly prepare?: (client: Client) => Promise<void>;
  /** What comes before, in the same process, without being counted. `n` is 0 on the cold one. */
  readonly before?: (client: Client, n: number) => Promise<void>;
  readonly request: (client: Client, n: number) => Promise<void>;
  /** It cannot be asked the same way twice. */
  readonly onlyCold?: boolean;
  /** Counted for several processes by turns as well. Needs the rows like it that come before. */
  readonly byTurns?: boolean;
}

const REPOSITORY = "calls/app";
const OTHER = "calls/other";
const MEGABYTE = 1_000_000;

const maker = createImageMaker(process.env.MOORAGE_BENCH_SEED ?? String(Date.now()));
const small = maker.image({ layers: [maker.layer()] });
const [config, layer] = [small.parts[0] ?? small, small.parts[1] ?? small];
const { digest } = small.descriptor;

/** 7 short layers, 3 of 25 MB, and a config. */
function createLargeImage(): Image {
  const sizes = [...Array<number>(7).fill(20_000), ...Array<number>(3).fill(25 * MEGABYTE)];
  return maker.image({ layers: sizes.map((size) => maker.layer({ size, compression: "none" })) });
}
const freshBlob = () => contentOf("application/octet-stream", randomBytes(1000));
const large = [createLargeImage(), createLargeImage()];
const largeOf = (n: number): Image => large[n] ?? createLargeImage();

async function pushSmall(client: Client): Promise<void> {
  for (const blob of small.parts) await pushInOneRequest(client, REPOSITORY, blob);
  await pushManifest(client, REPOSITORY, "v1", small);
}

function referrer(n: number) {
  const subject = small.descriptor;
  const { mediaType } = subject;
  const layers = [layer.descriptor];
  return manifestOf(mediaType, { schemaVersion: 2, mediaType, config: config.descriptor, layers, subject, n });
}

const ask =
  (method: string, path: string, status: number): Row["request"] =>
  async ({ ask }) =>
    void (await ask(method, `/v2/${path}`, status));

export const rows: readonly Row[] = [
  { name: "GET blob", prepare: pushSmall, request: (client) => pullBlob(client, REPOSITORY, layer) },
  {
    name: "GET blob, after its manifest",
    prepare: pushSmall,
    before: ask("GET", `${REPOSITORY}/manifests/v1`, 200),
    request: (client) => pullBlob(client, REPOSITORY, layer),
  },
  {
    name: "HEAD blob that exists",
    prepare: pushSmall,
    request: (client) => lookAtBlob(client, REPOSITORY, layer),
  },
  {
    name: "HEAD blob that does not",
    prepare: pushSmall,
    request: async (client) => void (await client.ask("HEAD", blobPath(REPOSITORY, freshBlob()), 404)),
  },
  { name: "GET manifest by digest", prepare: pushSmall, request: ask("GET", `${REPOSITORY}/manifests/${digest}`, 200) },
  {
    name: "HEAD manifest by digest",
    prepare: pushSmall,
    request: ask("HEAD", `${REPOSITORY}/manifests/${digest}`, 200),
  },
  { name: "GET manifest by tag", prepare: pushSmall, request: ask("GET", `${REPOSITORY}/manifests/v1`, 200) },
  { name: "HEAD manifest by tag", prepare: pushSmall, request: ask("HEAD", `${REPOSITORY}/manifests/v1`, 200) },
  { name: "PUT short blob: POST, PUT", request: (client) => pushInOneRequest(client, REPOSITORY, freshBlob()) },
  {
    name: "PUT short blob: HEAD, POST, PATCH, PUT",
    request: (client) => pushInSteps(client, REPOSITORY, freshBlob()),
  },
  {
    name: "mount",
    prepare: pushSmall,
    request: (client, n) => mount(client, `${OTHER}-${n}`, REPOSITORY, layer),
  },
  {
    name: "PUT manifest with 1 layer, just pushed here",
    before: async (client) => {
      for (const blob of small.parts) await pushInOneRequest(client, REPOSITORY, blob);
    },
    request: (client) => pushManifest(client, REPOSITORY, "v1", small),
  },
  {
    name: "PUT manifest with 1 layer, pushed by another process",
    prepare: pushSmall,
    request: (client, n) => pushManifest(client, REPOSITORY, `again-${n}`, small),
  },
  {
    name: "PUT manifest with a subject, its parts pushed by another process",
    prepare: pushSmall,
    request: (client, n) => pushManifest(client, REPOSITORY, `referrer-${n}`, referrer(n)),
  },
  { name: "tags/list", prepare: pushSmall, request: ask("GET", `${REPOSITORY}/tags/list?n=100`, 200) },
  { name: "_catalog", prepare: pushSmall, request: ask("GET", "_catalog?n=100", 200) },
  {
    name: "docker push, 10 layers",
    byTurns: true,
    request: (client, n) => pushImage(client, `${REPOSITORY}-large`, `v${n}`, largeOf(n)),
    onlyCold: true,
  },
  {
    name: "the same image into another repository, by mounts",
    byTurns: true,
    request: (client, n) => mountImage(client, `${OTHER}-large-${n}`, `${REPOSITORY}-large`, "v1", largeOf(0)),
    onlyCold: true,
  },
  {
    name: "docker pull of it",
    byTurns: true,
    request: (client) => pullImage(client, `${REPOSITORY}-large`, "v0", largeOf(0)),
  },
  {
    name: "DELETE manifest by digest, one tag",
    prepare: pushSmall,
    request: ask("DELETE", `${REPOSITORY}/manifests/${digest}`, 202),
    onlyCold: true,
  },
];
