/** The route table, the spec's table of endpoints and the registry suite speak of the same things. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { routes } from "../../src/http/routes.ts";
import { chapters } from "../contract/registry/suite.ts";

const idsOf = (id: string): readonly string[] => id.split(", ");
const routed = new Set(routes.flatMap(({ id }) => idsOf(id)));
const covered = new Set(chapters.flatMap(({ ids }) => ids.flatMap(idsOf)));

test("every endpoint of the spec has a route", () => {
  const missing = Array.from({ length: 14 }, (_, index) => `end-${index + 1}`).filter((id) => !routed.has(id));
  assert.deepEqual(missing, []);
});

test("every route has cases in the registry suite", () => {
  assert.deepEqual(
    [...routed].filter((id) => !covered.has(id)),
    [],
  );
});

test("the registry suite speaks of no endpoint that there is not", () => {
  assert.deepEqual(
    [...covered].filter((id) => id.startsWith("end-") && !routed.has(id)),
    [],
  );
});

test("no two routes answer the same request", () => {
  const requests = routes.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
  assert.deepEqual(
    requests,
    requests.filter((request, index) => requests.indexOf(request) === index),
  );
});

test("what changes the registry says so", () => {
  const reads = ["GET", "HEAD"];
  for (const { id, methods, changes } of routes) {
    const isReading = methods.every((method) => reads.includes(method));
    assert.equal(changes === undefined, isReading, id);
  }
});
