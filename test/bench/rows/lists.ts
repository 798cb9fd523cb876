/** The first page of many names. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { createClient } from "../load/http.ts";
import type { Row } from "../row.ts";
import { medianOf } from "../statistics.ts";
import type { Place } from "../stores/places.ts";
import { onFilesystem, onS3, REPOSITORIES, REPOSITORY, tagPrefix, WARM_UP_SECONDS, type Where } from "./scene.ts";

interface Listed {
  readonly name: string;
  readonly path: string;
  /** What makes the nth of them be there, in the layout that all registries here share. */
  keysOf(n: number): string[];
}

/** Nobody looks into them. */
const DIGEST = `sha256:${"0".repeat(64)}`;
const LINK = Buffer.from(DIGEST);
const numbered = (n: number): string => String(n).padStart(6, "0");

const tagKey = (repository: string, tag: string) => `${tagPrefix(repository, tag)}/current/link`;

const tags: Listed = {
  name: "tags/list",
  path: `/v2/${REPOSITORY}/tags/list?n=100`,
  keysOf: (n) => [tagKey(REPOSITORY, `v${numbered(n)}`)],
};
const catalog: Listed = {
  name: "_catalog",
  path: "/v2/_catalog?n=100",
  // distribution takes for a repository what has layers, Moorage what has manifests.
  keysOf: (n) => [
    tagKey(`bench/r${numbered(n)}`, "v1"),
    `${REPOSITORIES}/bench/r${numbered(n)}/_layers/${DIGEST.replace(":", "/")}/link`,
  ],
};

const AT_ONCE = 32;
const LEAST_REQUESTS = 3;

async function fill(place: Place, { keysOf }: Listed, count: number): Promise<void> {
  const driver = await place.openDriver();
  const numbers = Array.from({ length: count }, (_, n) => n);
  await forEachAtOnce(numbers.flatMap(keysOf), AT_ONCE, (key) => driver.put(key, LINK));
  await driver.close();
}

const listRow = (where: Where, listed: Listed, count: number): Row => ({
  ...where,
  name: `${listed.name}, a page of 100 of ${count.toLocaleString("en")}`,
  unit: "ms",
  better: "lower",
  slow: count > 1000,
  fill: (place) => fill(place, listed, count),
  async prepare(registry, { seconds, quick }) {
    const client = createClient(registry);
    const ask = async () => {
      const begunAt = performance.now();
      await client.ask({ method: "GET", path: listed.path, expected: 200 });
      return performance.now() - begunAt;
    };
    const warmUntil = performance.now() + WARM_UP_SECONDS * 1000;
    do await ask();
    while (!quick && performance.now() < warmUntil);
    return async () => {
      const times: number[] = [];
      const endsAt = performance.now() + seconds * 1000;
      while (times.length < LEAST_REQUESTS || performance.now() < endsAt) times.push(await ask());
      return { value: medianOf(times), operations: times.length };
    };
  },
});

const listRowsOf = (where: Where, counts: readonly number[]): Row[] =>
  [tags, catalog].flatMap((listed) => counts.map((count) => listRow(where, listed, count)));

export const listRows: readonly Row[] = [
  ...[onFilesystem, onS3(0)].flatMap((where) => listRowsOf(where, [10, 1000, 100_000])),
  // Without the greatest, which takes minutes to fill: calls are counted there without a delay.
  ...listRowsOf(onS3(5), [10, 1000]),
];
