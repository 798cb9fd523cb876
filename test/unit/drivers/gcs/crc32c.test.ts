import assert from "node:assert/strict";
import { test } from "node:test";
import { CRC32C } from "@google-cloud/storage";
import { crc32c } from "../../../../drivers/gcs/crc32c.ts";
import { bytesOf } from "../../../support/bytes.ts";

test("the checksum is the vendor's, however the bytes come", () => {
  for (const size of [0, 1, 7, 8, 9, 31, 32, 33, 1000, 65_537]) {
    const bytes = bytesOf(size);
    const vendors = new CRC32C();
    vendors.update(bytes);
    for (const cut of [0, 1, 3, 8, size]) {
      assert.equal(crc32c([bytes.subarray(0, cut), bytes.subarray(cut)]), vendors.toString(), `${size}, cut at ${cut}`);
    }
  }
  assert.equal(crc32c([Buffer.from("123456789")]), "4waSgw==");
});
