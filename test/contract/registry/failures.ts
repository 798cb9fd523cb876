/** What clients and operators are told when the store fails. What survives a failure is in test/faults/registry. */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { DriverError, type DriverErrorKind } from "../../../drivers/errors.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { EMPTY_JSON, imageManifest, pushBlob, putManifest, startUpload } from "../../support/registry-content.ts";
import { aroundDriver, isWrite } from "../../support/registry-drivers.ts";
import { assertError, HttpClient } from "../../support/registry-http.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";
import type { Chapter } from "./harness.ts";

/** A store whose writes fail while it is told so. */
function failingStore() {
  let failure: DriverErrorKind | undefined;
  return {
    failWith(kind: DriverErrorKind | undefined) {
      failure = kind;
    },
    wrap: (driver: StorageDriver) =>
      aroundDriver(driver, async (call, run) => {
        if (failure && isWrite(call)) throw new DriverError(failure, call.operation, { key: "a/secret/key" });
        return await run();
      }),
  };
}

const OUTCOMES = [
  ["unavailable", 503, "UNAVAILABLE"],
  ["throttled", 503, "UNAVAILABLE"],
  ["no_space", 507, "UNAVAILABLE"],
  ["denied", 500, "UNKNOWN"],
  ["unexpected", 500, "UNKNOWN"],
] as const;

export const failures: Chapter = {
  ids: ["failures"],
  title: "of the store",
  define(cases) {
    for (const [kind, status, code] of OUTCOMES) {
      const store = failingStore();
      cases.case(
        `a store that says ${kind}: ${status}, an error in the log, and nothing of the store in the answer`,
        async ({ http, log, expectFailures }) => {
          expectFailures();
          await pushBlob(http, "a", EMPTY_JSON);
          const bytes = bytesOf(10);
          const chunkTo = await startUpload(http, "a");
          store.failWith(kind);
          const requests = [
            () => putManifest(http, "a", "latest", imageManifest()),
            () => http.request("POST", `/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes }),
            () => http.request("PATCH", chunkTo, { body: bytes }),
          ];
          for (const [index, request] of requests.entries()) {
            const answer = await request();
            assertError(answer, status, code);
            assert.ok(!answer.body.includes("secret"));
            assert.equal(answer.headers["retry-after"], status === 503 ? "5" : undefined);
            assert.equal(log.filter(({ level }) => level === "error").length, index + 1);
          }
          store.failWith(undefined);
          for (const request of requests) assert.ok((await request()).status < 300);
        },
        { wrap: store.wrap, runtime: createSleeplessRuntime(Date.now()) },
      );
    }

    const store = failingStore();
    cases.case(
      "a request that is refused in the middle of its body leaves the connection in order",
      async ({ http, longBytes, expectFailures }) => {
        expectFailures();
        const one = new HttpClient(http.port, new Agent({ keepAlive: true, maxSockets: 1 }));
        const bytes = bytesOf(Math.max(longBytes, 500_000));
        for (const path of [await startUpload(one, "a"), `/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`]) {
          store.failWith("unavailable");
          const answer = await one.request(path.includes("digest") ? "POST" : "PATCH", path, { body: bytes });
          store.failWith(undefined);
          assertError(answer, 503, "UNAVAILABLE");
          const next = await Promise.race([one.request("GET", "/v2/"), rejectsAfter(5000)]);
          assert.equal(next.status, 200);
        }
        one.close();
      },
      { wrap: store.wrap, runtime: createSleeplessRuntime(Date.now()) },
    );
  },
};

function rejectsAfter(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing within ${milliseconds} ms`)), milliseconds).unref();
  });
}
