/** test/e2e/collection.test.ts asks distribution itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isReadByDistribution } from "../../../src/oci/distribution-reading.ts";

const read = (text: string) => isReadByDistribution(Buffer.from(text));

const READ: readonly string[] = [
  '{"schemaVersion":2,"config":{"mediaType":"a","digest":"b","size":3},"layers":[]}',
  '{"manifests":[{"platform":{"os":"linux","os.features":["a"]},"data":"YWI=","annotations":{"a":"b"}}]}',
  '{"layers":null,"annotations":null,"config":{"urls":[null],"size":-0}}',
  '{"other":1.5,"deeper":{"size":1e3,"Layers":1},"subject":{"Size":"x"}}',
  '{"other":"\\"size\\": 1.0 {[:,"}',
];

const NOT_READ: Readonly<Record<string, string>> = {
  "a number that is not written as a whole one": '{"config":{"size":1e3}}',
  "a version that is not written as a whole number": '{"schemaVersion":2.0}',
  "a type that is not expected": '{"config":{"annotations":{"a":1}}}',
  "a list in place of a map": '{"annotations":[]}',
  "a field in another case": '{"layers":[{"digest":"a","Digest":"b"}]}',
  "a field with a long s": '{"layerſ":1}',
  "a field twice": '{"annotations":1,"annotations":{}}',
  "a field twice, once with an escape": '{"annotations":1,"\\u0061nnotations":{}}',
  "data that is not base64": '{"config":{"data":"%"}}',
  "data without padding": '{"config":{"data":"YWI"}}',
  "more depth than Go takes": `{"a":${"[".repeat(10_001)}${"]".repeat(10_001)}}`,
};

test("what distribution reads as it is read here", () => {
  for (const text of READ) assert.equal(read(text), true, text);
});

for (const [reason, text] of Object.entries(NOT_READ)) {
  test(`not read as here: ${reason}`, () => assert.equal(read(text), false));
}
