import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createUploadStates } from "../../../src/http/upload-state.ts";
import { isRegistryError } from "../../../src/oci/errors.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import type { UploadSession } from "../../../src/registry/upload-session.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";

const runtime = createManualRuntime();
const warnings: string[] = [];
const log = { warn: (_: object, message: string) => void warnings.push(message) };
const states = createUploadStates({ secrets: ["secret", "older"], runtime, log, maxAgeMilliseconds: 1000 });
const repository = parseRepositoryName("some/name");

const sessions: fc.Arbitrary<UploadSession> = fc
  .record({
    id: fc.uuid(),
    repository: fc.constant(repository),
    algorithm: fc.constantFrom("sha256", "sha512"),
    startedAt: fc.nat({ max: 1000 }).map((age) => new Date(runtime.now() - age)),
    sequence: fc.nat(),
    offset: fc.maxSafeNat(),
  })
  .map((session) => ({ ...session }));
const callers = fc.string().map((subject) => ({ subject }));

test("a session comes back as it was, for the caller that it was given to", () => {
  fc.assert(
    fc.property(sessions, callers, callers, (session, caller, other) => {
      const state = states.format(session, caller);
      assert.match(state, /^[A-Za-z0-9_-]+$/);
      assert.deepEqual(states.parse(state, { repository, id: session.id, caller }), session);
      if (other.subject !== caller.subject) {
        assert.throws(
          () => states.parse(state, { repository, id: session.id, caller: other }),
          (error) => isRegistryError(error, "upload_unknown"),
        );
      }
    }),
  );
});

test("no byte of it can be changed, taken away or added", () => {
  const caller = { subject: "ann" };
  fc.assert(
    fc.property(
      sessions,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom("flip", "cut", "add"),
      (session, at, by, how) => {
        const bytes = Buffer.from(states.format(session, caller), "base64url");
        const index = at % bytes.length;
        if (how === "flip") bytes[index] = (bytes[index] ?? 0) ^ by;
        const spoilt =
          how === "cut" ? bytes.subarray(0, index) : how === "add" ? Buffer.concat([bytes, Buffer.of(by)]) : bytes;
        assert.throws(
          () => states.parse(spoilt.toString("base64url"), { repository, id: session.id, caller }),
          (error) => isRegistryError(error, "upload_invalid"),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test("whatever is sent as a state is refused", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 8000 }), fc.constant(null)), (text) => {
      assert.throws(
        () => states.parse(text, { repository, id: "id", caller: { subject: "" } }),
        (error) => isRegistryError(error, "upload_invalid"),
      );
    }),
  );
});

test("the first secret signs, all of them verify", () => {
  fc.assert(
    fc.property(sessions, (session) => {
      const caller = { subject: "" };
      const older = createUploadStates({ secrets: ["older"], runtime, log, maxAgeMilliseconds: 1000 });
      const expected = { repository, id: session.id, caller };
      assert.deepEqual(states.parse(older.format(session, caller), expected), session);
      warnings.length = 0;
      assert.throws(() => older.parse(states.format(session, caller), expected));
      assert.match(warnings.join(), /http\.secret/);
    }),
    { numRuns: 20 },
  );
});
