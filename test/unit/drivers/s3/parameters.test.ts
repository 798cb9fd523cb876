import assert from "node:assert/strict";
import { test } from "node:test";
import { ossParameters } from "../../../../drivers/oss/config.ts";
import { ossSettings } from "../../../../drivers/oss/settings.ts";
import { s3Parameters } from "../../../../drivers/s3/config.ts";
import { s3Settings } from "../../../../drivers/s3/settings.ts";

const s3 = (given: Readonly<Record<string, unknown>>) => s3Settings(s3Parameters.parse({ bucket: "data", ...given }));

function mistakesOf(given: unknown): string[] {
  const { error } = s3Parameters.safeParse(given);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("on AWS a bucket and its region are enough", () => {
  const settings = s3({ region: "eu-central-1" });
  assert.equal(settings.endpoint, undefined);
  assert.equal(settings.credentials, undefined);
  assert.equal(settings.root, "");
  assert.deepEqual(settings.objects, {
    encryption: undefined,
    encryptionKeyId: undefined,
    storageClass: undefined,
    acl: undefined,
  });
});

test("values may be texts, as they come from the environment", () => {
  const settings = s3({
    region: "eu-central-1",
    accesskey: 12345,
    secretkey: "secret",
    secure: "false",
    encrypt: "1",
    multipartcopychunksize: "6000000",
    loglevel: false,
    regionendpoint: "",
    storageclass: "standard_ia",
  });
  assert.deepEqual(settings.credentials, { accessKeyId: "12345", secretAccessKey: "secret" });
  assert.equal(settings.endpoint?.url.href, "http://s3.eu-central-1.amazonaws.com/");
  assert.equal(settings.objects.encryption, "AES256");
  assert.equal(settings.objects.storageClass, "STANDARD_IA");
  assert.equal(settings.copy.partSize, 6_000_000);
});

test("where the bucket goes fits the configurations of distribution 2.8 and 3.0", () => {
  const bucketIn = (given: object) => s3(given as never).endpoint?.bucketIn;
  assert.equal(bucketIn({ regionendpoint: "http://minio:9000" }), "path");
  assert.equal(bucketIn({ regionendpoint: "http://minio:9000", forcepathstyle: true }), "path");
  assert.equal(bucketIn({ regionendpoint: "https://store.example.com", forcepathstyle: false }), "host");
  assert.equal(bucketIn({ regionendpoint: "https://store.example.com", forcepathstyle: "false" }), "host");
  assert.equal(bucketIn({ regionendpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com" }), "host");
  assert.equal(s3({ region: "us-east-1", forcepathstyle: true }).aws.pathStyle, true);
});

test("an endpoint without a scheme has the one that `secure` says", () => {
  assert.equal(s3({ regionendpoint: "store.example.com:8080" }).endpoint?.url.href, "https://store.example.com:8080/");
  assert.equal(s3({ regionendpoint: "store:8080", secure: false }).endpoint?.url.href, "http://store:8080/");
  assert.equal(s3({ regionendpoint: "http://store:8080" }).endpoint?.url.href, "http://store:8080/");
});

test("clients are sent to the redirect endpoint, and else to the endpoint", () => {
  const internal = s3({ regionendpoint: "http://store:9000", redirectendpoint: "https://store.example.com" });
  assert.equal(internal.redirectEndpoint?.url.href, "https://store.example.com/");
  assert.equal(internal.redirectEndpoint?.bucketIn, "path");
  const same = s3({ regionendpoint: "http://store:9000" });
  assert.equal(same.redirectEndpoint, same.endpoint);
});

test("the root is joined with keys as distribution does", () => {
  for (const rootdirectory of ["some/root", "/some/root", "/some/root/", "some/root//"]) {
    assert.equal(s3({ region: "us-east-1", rootdirectory }).root, "some/root/");
  }
  for (const rootdirectory of ["", "/", undefined]) assert.equal(s3({ region: "us-east-1", rootdirectory }).root, "");
});

test("a KMS key is used when encryption is asked for", () => {
  const { objects } = s3({ region: "us-east-1", encrypt: true, keyid: "key-1" });
  assert.deepEqual([objects.encryption, objects.encryptionKeyId], ["aws:kms", "key-1"]);
  assert.equal(s3({ region: "us-east-1", keyid: "key-1" }).objects.encryptionKeyId, undefined);
});

test("mistakes are named, with what to do", () => {
  assert.deepEqual(mistakesOf({ region: "us-east-1" }), ["bucket: write the name of a bucket"]);
  assert.deepEqual(mistakesOf({ bucket: "data" }), ["region: write the bucket's region, such as eu-central-1"]);
  const given = { bucket: "data", region: "us-east-1" };
  assert.match(mistakesOf({ ...given, accesskey: "a" }).join(), /^secretkey: .*leave out both/);
  assert.match(mistakesOf({ ...given, secretkey: "a" }).join(), /^accesskey: .*leave out both/);
  assert.match(mistakesOf({ ...given, storageclass: "COLD" }).join(), /^storageclass: write one of NONE, STANDARD/);
  assert.match(mistakesOf({ ...given, chunksize: 1000 }).join(), /^chunksize: write a whole number from 5242880/);
  assert.match(mistakesOf({ ...given, secure: "maybe" }).join(), /^secure: write true or false/);
  assert.match(
    mistakesOf({ ...given, regionendpoint: "https://a.example/b" }).join(),
    /^regionendpoint: .*without a path/,
  );
  assert.match(mistakesOf({ ...given, v4auth: false }).join(), /^v4auth: /);
  assert.match(mistakesOf({ ...given, bukket: 1 }).join(), /remove or correct bukket \(known here: accesskey, /);
  assert.deepEqual(mistakesOf({ ...given, regionendpoint: "http://old:80", v4auth: false }), []);
});

test("what was parsed can be parsed again", () => {
  const once = s3Parameters.parse({ bucket: "data", region: "us-east-1", loglevel: "Debug", encrypt: "true" });
  assert.deepEqual(s3Parameters.parse(once), once);
});

const oss = (given: Readonly<Record<string, unknown>> = {}) =>
  ossSettings(
    ossParameters.parse({
      accesskeyid: "id",
      accesskeysecret: "s",
      region: "oss-cn-hangzhou",
      bucket: "data",
      ...given,
    }),
  );
const hosts = (given: Readonly<Record<string, unknown>>) => {
  const { endpoint, redirectEndpoint } = oss(given);
  return [endpoint, redirectEndpoint].map((found) => `${found?.bucketIn} ${found?.url.href}`);
};

test("OSS: the region's host, the bucket in it", () => {
  assert.equal(oss().region, "cn-hangzhou");
  const here = "host https://s3.oss-cn-hangzhou.aliyuncs.com/";
  assert.deepEqual(hosts({}), [here, here]);
  assert.deepEqual(hosts({ secure: "false" })[0], "host http://s3.oss-cn-hangzhou.aliyuncs.com/");
});

test("OSS: traffic stays inside of Alibaba's network, clients are sent outside", () => {
  const internal = "host https://s3.oss-cn-hangzhou-internal.aliyuncs.com/";
  assert.deepEqual(hosts({ internal: true }), [internal, "host https://s3.oss-cn-hangzhou.aliyuncs.com/"]);
  const cname = { internal: true, redirectendpoint: "layers.example.com" };
  assert.deepEqual(hosts(cname), [internal, "none https://layers.example.com/"]);
});

test("OSS: an endpoint is the bucket's host, or a domain that points to it", () => {
  const native = "host https://oss-cn-hangzhou-internal.aliyuncs.com/";
  const native2 = "host https://oss-cn-hangzhou.aliyuncs.com/";
  assert.deepEqual(hosts({ endpoint: "data.oss-cn-hangzhou-internal.aliyuncs.com" }), [native, native2]);
  assert.deepEqual(hosts({ endpoint: "oss-cn-hangzhou.aliyuncs.com" }), [native2, native2]);
  const cname = "none http://layers.example.com/";
  assert.deepEqual(hosts({ endpoint: "layers.example.com", secure: false }), [cname, cname]);
});
