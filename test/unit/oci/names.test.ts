import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isRegistryError } from "../../../src/oci/errors.ts";
import { formatReference, isTag, parseReference, parseRepositoryName, parseTag } from "../../../src/oci/names.ts";

const accepts = (parse: (text: string) => unknown, text: string): boolean => {
  try {
    parse(text);
    return true;
  } catch (error) {
    assert.ok(isRegistryError(error));
    return false;
  }
};

/** The spec's grammar, read aloud. */
function isName(text: string): boolean {
  return text.length <= 255 && text.split("/").every(isComponent);
}

function isComponent(text: string): boolean {
  const [, first = "", middle = "", last = ""] = /^([a-z0-9])(.*?)([a-z0-9]?)$/s.exec(text) ?? [];
  if (first === "" || (last === "" && middle !== "")) return false;
  for (const separator of middle.split(/[a-z0-9]/)) {
    if (!["", ".", "_", "__"].includes(separator) && !/^-+$/.test(separator)) return false;
  }
  return true;
}

const nearlyNames = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", "z", "0", ".", "_", "-", "/", "A", " ", "%", "\n", "é", "\0"),
    maxLength: 12,
  }),
  fc.string({ unit: fc.constantFrom("a", "0", ".", "_", "-", "/"), maxLength: 300 }),
  fc.string(),
);

test("repository names are those of the grammar", () => {
  fc.assert(
    fc.property(nearlyNames, (text) => {
      assert.equal(accepts(parseRepositoryName, text), isName(text));
    }),
    { numRuns: 3000 },
  );
});

test("no name takes long to refuse", () => {
  const started = performance.now();
  for (const unit of ["-", "a-", "a_", "a__", "a.", "a/", "0", "a--"]) {
    for (const end of ["", "!", "_", "-", "/"]) accepts(parseRepositoryName, unit.repeat(255).slice(0, 254) + end);
  }
  assert.ok(performance.now() - started < 500);
});

test("tags are those of the grammar", () => {
  const isGood = (text: string) =>
    text.length <= 128 && /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/.test(text) && !text.endsWith("\n");
  const nearlyTags = fc.string({
    unit: fc.constantFrom("a", "Z", "0", ".", "_", "-", "/", ":", "\n", "é"),
    maxLength: 140,
  });
  fc.assert(
    fc.property(fc.oneof(nearlyTags, fc.string()), (text) => {
      assert.equal(accepts(parseTag, text), isGood(text));
      assert.equal(isTag(text), isGood(text));
    }),
    { numRuns: 2000 },
  );
});

test("a reference says what it was", () => {
  const references = ["latest", "_", `sha256:${"0".repeat(64)}`, `sha512:${"a".repeat(128)}`];
  for (const text of references) assert.equal(formatReference(parseReference(text)), text);
  assert.equal(parseReference("latest").kind, "tag");
  assert.equal(parseReference(`sha256:${"0".repeat(64)}`).kind, "digest");
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (accepts(parseReference, text)) assert.equal(formatReference(parseReference(text)), text);
    }),
  );
});

test("what is shown back of a bad name is short", () => {
  const error = assert.throws(() => parseRepositoryName("!".repeat(100_000)), { kind: "name_invalid" });
  assert.equal(error, undefined);
  try {
    parseTag("!".repeat(100_000));
  } catch (caught) {
    assert.ok(JSON.stringify((caught as { details: unknown }).details).length < 1000);
  }
});
