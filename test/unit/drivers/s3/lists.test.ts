import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ListEntry } from "../../../../drivers/contract.ts";
import { s3Scene } from "../../../support/s3-scene.ts";

test("the first page of a listing is as long as its caller expects, and no longer than S3 makes it", async (t) => {
  const { double, open } = await s3Scene(t);
  const driver = await open();
  for (const key of ["a", "b", "c"]) await driver.put(key, Buffer.from("x"));
  const asked: (string | undefined)[] = [];
  double.interfere = ({ query }, proceed) => {
    asked.push(query.get("max-keys"));
    return proceed();
  };
  for (const expected of [2, 5000, undefined]) {
    const keys: string[] = [];
    for await (const { key } of driver.list("", { expected })) keys.push(key);
    assert.deepEqual(keys, ["a", "b", "c"]);
  }
  assert.deepEqual(asked, ["2", undefined, undefined, undefined]);
});

/** What a driver makes of an answer. */
async function listed(t: TestContext, answer: { readonly body: string; readonly breakAfter?: number }) {
  const { double, open } = await s3Scene(t);
  const driver = await open({ parameters: { rootdirectory: "" } });
  double.interfere = () => ({ status: 200, ...answer });
  const entries: ListEntry[] = [];
  for await (const entry of driver.list("", { delimiter: "/" })) entries.push(entry);
  return entries;
}

const LISTING = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Indented, with what nobody asked for, and in another order than that of AWS. -->
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Prefix/>
  <CommonPrefixes>
    <Prefix>b&amp;c/</Prefix>
  </CommonPrefixes>
  <Contents>
    <ChecksumAlgorithm>CRC32</ChecksumAlgorithm>
    <Size>7</Size>
    <LastModified>2026-01-02T03:04:05.678Z</LastModified>
    <Key>a&#x26;&#98;&lt;\u{1f9ed}</Key>
    <Owner><ID>someone</ID><Key>not this one</Key></Owner>
  </Contents>
  <IsTruncated>false</IsTruncated>
</ListBucketResult>
`;

test("a listing is read whatever it looks like", async (t) => {
  assert.deepEqual(await listed(t, { body: LISTING }), [
    { kind: "object", key: "a&b<\u{1f9ed}", size: 7, lastModified: new Date("2026-01-02T03:04:05Z") },
    { kind: "prefix", key: "b&c/" },
  ]);
});

const NO_LISTINGS = {
  "a page of welcome": { body: "<html><head><title>Welcome</title><body>Sign in<br></body></html>" },
  "a well-formed page of welcome": { body: "<html><body>Sign in</body></html>" },
  nothing: { body: "" },
  "a listing that ends too early": { body: LISTING.slice(0, -20) },
  "a failure with a status of success": { body: "<Error><Code>InternalError</Code></Error>" },
  "a listing that does not say plainly whether it goes on": { body: LISTING.replace(">false<", ">True<") },
  "an entity that nobody has declared": { body: LISTING.replace("&amp;", "&bomb;") },
};

const GAPS: Readonly<Record<string, readonly [string, string]>> = {
  "without a date": ["<LastModified>2026-01-02T03:04:05.678Z</LastModified>", ""],
  "with a date that is none": ["2026-01-02T", "then "],
  "without a size": ["<Size>7</Size>", ""],
  "with an empty size": ["<Size>7</Size>", "<Size/>"],
  "with a size that is none": [">7<", ">seven<"],
};

for (const [name, gap] of Object.entries(GAPS)) {
  test(`an object ${name} makes no entry`, async (t) => {
    await assert.rejects(listed(t, { body: LISTING.replace(...gap) }), {
      kind: "unexpected",
      message: /the size and the date/,
    });
  });
}

for (const [name, answer] of Object.entries(NO_LISTINGS)) {
  test(`${name} is no empty bucket`, async (t) => {
    await assert.rejects(listed(t, answer), { name: "DriverError", kind: "unexpected", operation: "list" });
  });
}

test("a listing that breaks off on its way is asked for again later", async (t) => {
  await assert.rejects(listed(t, { body: LISTING, breakAfter: 200 }), { name: "DriverError", kind: "unavailable" });
});
