import assert from "node:assert/strict";
import { test } from "node:test";
import { filesystemMultipart } from "../../../../drivers/filesystem/multipart.ts";
import { openStore } from "../../../../drivers/filesystem/open.ts";
import { removeUpload } from "../../../../drivers/filesystem/uploads.ts";
import { temporaryDirectory } from "../../../support/temp.ts";

test("whose parts another request takes away between a look and their use is told that the upload is gone", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const store = await openStore(directory.path, { warn: () => {} });
  const { create, putPart } = filesystemMultipart(store);
  for (const count of [1, 2]) {
    const upload = await create("object");
    const parts = await Promise.all(
      Array.from({ length: count }, (_, index) => putPart(upload, index + 1, Buffer.from("part"))),
    );
    let looks = 0;
    const stat = async (path: string) => {
      const found = await store.disk.stat(path);
      if (++looks === count) await removeUpload(store, upload);
      return found;
    };
    const late = filesystemMultipart({ ...store, disk: { ...store.disk, stat } });
    await assert.rejects(late.complete(upload, parts), { name: "DriverError", kind: "not_found" });
  }
});
