import assert from "node:assert/strict";
import { bytesOf } from "../../support/bytes.ts";
import { assertSameBytes, type Contract } from "./harness.ts";

export function presigned(contract: Contract): void {
  contract.when("presign", "a signed URL is enough to read the object", async ({ driver, key }, presign) => {
    for (const name of ["object", "odd name/ä+&?#%"]) {
      await driver.put(key(name), bytesOf(10_000));
      const { url, expiresAt } = await presign.presignGet(key(name), { expiresInSeconds: 60 });
      const lifetime = expiresAt.getTime() - Date.now();
      assert.ok(lifetime > 0 && lifetime < 70_000, `${lifetime} ms`);
      const whole = await fetch(url);
      assert.equal(whole.status, 200);
      assertSameBytes(Buffer.from(await whole.arrayBuffer()), bytesOf(10_000));
      const part = await fetch(url, { headers: { range: "bytes=10-19" } });
      assert.equal(part.status, 206);
      assertSameBytes(Buffer.from(await part.arrayBuffer()), bytesOf(10_000).subarray(10, 20));
    }
  });

  contract.when("presign", "a signed URL can name the media type", async ({ driver, key }, presign) => {
    await driver.put(key("object"), Buffer.from("{}"));
    const contentType = "application/vnd.oci.image.manifest.v1+json";
    const { url } = await presign.presignGet(key("object"), { expiresInSeconds: 60, contentType });
    const answer = await fetch(url);
    assert.equal(await answer.text(), "{}");
    assert.equal(answer.headers.get("content-type"), contentType);
  });

  contract.when("presign", "a signed URL for another object, or none, is worth nothing", async (c, presign) => {
    const { driver, key } = c;
    await driver.put(key("object"), Buffer.from("x"));
    await driver.put(key("secret"), Buffer.from("secret"));
    const { url } = await presign.presignGet(key("object"), { expiresInSeconds: 60 });
    const other = new URL(url);
    other.pathname = other.pathname.replace(/object$/, "secret");
    for (const forged of [other, new URL(url.origin + url.pathname)]) {
      const answer = await fetch(forged);
      await answer.arrayBuffer();
      assert.ok([401, 403, 404].includes(answer.status), `${answer.status}`);
    }
  });
}
