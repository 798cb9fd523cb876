/** The same request again and again: manifests by tag and by digest, and blobs without their bytes. */
import { headAgainAndAgain } from "../load/heads.ts";
import { ACCEPT, blobPath, type Image } from "../load/images.ts";
import { getAgainAndAgain } from "../load/wrk.ts";
import type { Row, Settings, Target } from "../row.ts";
import { DELAYS, onFilesystem, onS3, pushOneImage, REPOSITORY, TAG, type Where } from "./scene.ts";

interface Asked {
  readonly name: string;
  readonly method: "GET" | "HEAD";
  path(image: Image): string;
}

const byTag = (method: Asked["method"]): Asked => ({
  name: `manifest ${method} by tag`,
  method,
  path: () => `/v2/${REPOSITORY}/manifests/${TAG}`,
});
const byDigest = (method: Asked["method"]): Asked => ({
  name: `manifest ${method} by digest`,
  method,
  path: ({ digest }) => `/v2/${REPOSITORY}/manifests/${digest}`,
});
const pathOfLayer = ({ blobs: [layer] }: Image): string => (layer ? blobPath(REPOSITORY, layer) : "");
const blobHead: Asked = { name: "blob HEAD", method: "HEAD", path: pathOfLayer };
const blobRedirect: Asked = { name: "blob GET, redirected", method: "GET", path: pathOfLayer };

const CONNECTIONS = [1, 32, 256] as const;
const MANIFESTS = [byTag("GET"), byDigest("GET"), byTag("HEAD"), byDigest("HEAD")];

/** By store, what is asked, and connections. */
const TARGETS: Readonly<Record<string, Target>> = {
  "filesystem, manifest GET by tag, 32": { ratio: 4 },
  "filesystem, manifest GET by digest, 32": { ratio: 7 },
  "filesystem, blob HEAD, 32": { ratio: 3 },
  "s3 + 5, manifest GET by tag, 1": { ratio: 2.5 },
  "s3 + 5, manifest GET by tag, 32": { ratio: 3 },
  "s3 + 5, manifest GET by digest, 1": { ratio: 20 },
  "s3 + 5, manifest GET by digest, 32": { ratio: 20 },
  "s3 + 5, blob GET, redirected, 32": { ratio: 3 },
  "s3 + 5, blob HEAD, 32": { ratio: 3 },
};

/** With one connection the time of a request tells more than their number. */
function requestRow(where: Where, asked: Asked, connections: number, settings: Settings = {}): Row {
  const { store, delayMilliseconds = 0 } = where;
  const key = `${store}${delayMilliseconds ? ` + ${delayMilliseconds}` : ""}, ${asked.name}, ${connections}`;
  const target = TARGETS[key];
  const isAlone = connections === 1;
  const load = asked.method === "GET" ? getAgainAndAgain : headAgainAndAgain;
  const guarded = settings.guarded ? ", with a password and access log" : "";
  return {
    ...where,
    settings,
    name: `${asked.name}, ${connections} ${isAlone ? "connection" : "connections"}${guarded}`,
    unit: isAlone ? "ms" : "req/s",
    better: isAlone ? "lower" : "higher",
    ...(target ? { target } : {}),
    async prepare(registry, { seconds }) {
      const url = registry.url + asked.path(await pushOneImage(registry));
      const headers = { ...ACCEPT, ...registry.headers };
      const run = (seconds: number) => load({ url, headers, connections, seconds });
      // What is measured is a registry that has been running for a while.
      await run(1);
      return async () => {
        const { perSecond, p50, requests } = await run(seconds);
        return { value: isAlone ? p50 : perSecond, operations: requests };
      };
    },
  };
}

const rowsOf = (where: Where, asked: readonly Asked[]): Row[] =>
  asked.flatMap((one) => CONNECTIONS.map((connections) => requestRow(where, one, connections)));

export const requestRows: readonly Row[] = [
  ...[onFilesystem, ...DELAYS.map(onS3)].flatMap((where) => rowsOf(where, [...MANIFESTS, blobHead])),
  ...DELAYS.map(onS3).flatMap((where) => rowsOf(where, [blobRedirect])),
  ...[byTag("GET"), byDigest("GET"), blobHead].flatMap((asked) =>
    [onFilesystem, onS3(5)].map((where) => requestRow(where, asked, 32, { guarded: true })),
  ),
];
