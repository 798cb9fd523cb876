import assert from "node:assert/strict";
import { test } from "node:test";
import { load, mistakesOf } from "./loading.ts";

const yaml = (middleware: string) => `version: 0.1\nstorage: {inmemory: {}}\nmiddleware: {storage: ${middleware}}\n`;

test("storage middlewares, in their order, without those that are off", async () => {
  const text = yaml(
    "[{name: redirect, options: {baseurl: https://cdn.test}}, {name: rewrite, disabled: true, options: {host: h}}, " +
      "{name: cloudfront, options: {baseurl: https://cf.test, privatekey: /k.pem, keypairid: K, duration: 1h, updatefrenquency: 2h}}]",
  );
  const [redirect, cloudfront, ...rest] = (await load({ yaml: text })).config.storage.middlewares;
  assert.deepEqual(redirect, { name: "redirect", options: { baseurl: "https://cdn.test" } });
  assert.equal(cloudfront?.name, "cloudfront");
  const { duration, updatefrequency } = cloudfront.options as { duration: number; updatefrequency: number };
  assert.deepEqual([duration, updatefrequency], [3_600_000, 7_200_000]);
  assert.deepEqual(rest, []);
});

test("what is wrong with a middleware is said by its option", async () => {
  const mistakes = await mistakesOf({ yaml: yaml("[{name: redirect}, {name: cdn}]") });
  assert.match(mistakes.join("\n"), /redirect\.baseurl: write the URL/);
  assert.match(mistakes.join("\n"), /write one of redirect, rewrite, cloudfront/);
});
