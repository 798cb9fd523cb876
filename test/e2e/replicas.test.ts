/** Three processes on one bucket of Ceph RGW, behind load balancers that know nothing of uploads. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CEPH } from "../stores/servers.ts";
import { storeServer } from "../support/stores.ts";
import { BALANCERS } from "./support/balancers.ts";
import { createPlace, nothingIsLeft, startOnBucket, startReplicas } from "./support/buckets.ts";
import { digestsOf, registrySource } from "./support/content.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { dockerMissing, startDocker } from "./support/docker.ts";
import { createImageMaker, digestOf } from "./support/images.ts";
import { imageId, writeDockerArchive, writeLayout } from "./support/layouts.ts";
import type { Moorage } from "./support/moorage.ts";
import { type ProgramError, run } from "./support/programs.ts";
import { createRandom } from "./support/random.ts";
import { pushSlowly } from "./support/slow-uploads.ts";
import { missing, toolPath } from "./support/tools.ts";
import { until } from "./support/until.ts";
import { append, complete, startUpload, statusOf, UnexpectedStatus } from "./support/uploads.ts";

const MEBIBYTE = 1024 * 1024;
const SECRETS = ["a secret of replica zero", "a secret of replica one", "a secret of replica two"];

const endpoint = await storeServer(CEPH);
const account = { endpoint: endpoint ?? "", accesskey: "test", secretkey: "testsecret" };

function assertNoCrash(replicas: readonly Moorage[]): void {
  for (const replica of replicas) assert.doesNotMatch(replica.log(), /this should not happen/);
}

/** Which replicas saw requests of each upload, in order, as their access logs tell. */
function replicasOfUploads(replicas: readonly Moorage[]): ReadonlyMap<string, readonly number[]> {
  const uploads = new Map<string, number[]>();
  for (const [index, replica] of replicas.entries()) {
    for (const [, id = ""] of replica.log().matchAll(/"(?:PATCH|PUT) \S*\/blobs\/uploads\/([0-9a-f-]{36})/g)) {
      uploads.set(id, [...(uploads.get(id) ?? []), index]);
    }
  }
  return uploads;
}

if (endpoint) {
  for (const { name, needs, start: startBalancer } of BALANCERS) {
    const skip = dockerMissing(...needs);
    test(`docker pushes and pulls through ${name}, each request to another replica`, { skip }, async (t) => {
      const env = { REGISTRY_LOG_ACCESSLOG_DISABLED: "false" };
      const place = await createPlace(account);
      const replicas = await startReplicas(t, place, () => env);
      const balancer = await startBalancer(t, replicas);
      // One layer at a time, so that turns are kept.
      const docker = await startDocker(t, { settings: { "max-concurrent-uploads": 1 } });
      const maker = createImageMaker(`docker through ${name}`);
      const layers = [20_000, 3 * MEBIBYTE, 30 * MEBIBYTE, 20_000].map((size) => maker.layer({ size }));
      const image = maker.image({ layers });
      const tag = `${balancer.host}/one/app:v1`;
      const archive = join(temporaryDirectory(), "archive.tar");
      await writeDockerArchive(archive, [{ image, layers, tags: [tag] }]);
      await docker("load", "--input", archive);

      await docker("push", tag);
      const uploadsSeen = () => [...replicasOfUploads(replicas).values()].filter((by) => by.length > 1);
      await until("the access logs tell of all uploads", () => uploadsSeen().length === layers.length + 1);
      const uploads = uploadsSeen();
      t.diagnostic(`replicas that took PATCH and PUT, by upload: ${uploads.map((by) => by.join("+")).join(", ")}`);
      // Another request in between may lead the second step back to where the first one went.
      const spread = uploads.filter((by) => new Set(by).size > 1);
      assert.ok(spread.length > uploads.length / 2, "requests do not alternate");
      assert.equal(new Set(uploads.flat()).size, 3);

      await docker("rmi", "--force", imageId(image));
      await docker("pull", tag);
      assert.equal(await docker("image", "inspect", "--format", "{{.Id}}", tag), imageId(image));
      for (const { url } of replicas) {
        assert.equal((await digestsOf(registrySource(url, "one/app"), "v1")).length, layers.length + 2);
      }
      await nothingIsLeft(place);
      assertNoCrash(replicas);
    });

    test(`one of three is killed under 40 slow uploads through ${name}`, {
      skip: missing(...needs),
      timeout: 280_000,
    }, async (t) => {
      const replicas = await startReplicas(t, await createPlace(account));
      const balancer = await startBalancer(t, replicas);
      const blobs = Array.from({ length: 40 }, (_, n) =>
        createRandom(`${name} ${n}`).bytes(n % 8 === 0 ? 11 * MEBIBYTE : 300_000 + n),
      );
      const pushes = blobs.map((bytes) =>
        pushSlowly(balancer.url, "slow", { bytes, pieceBytes: Math.ceil(bytes.length / 12), pauseMilliseconds: 400 }),
      );
      await sleep(2500);
      await replicas[1]?.kill();
      const failures = await Promise.all(pushes);
      const affected = failures.filter((n) => n > 0).length;
      t.diagnostic(`${affected} of 40 clients had to ask again, ${failures.reduce((sum, n) => sum + n, 0)} times`);
      assert.ok(affected >= 5, "the kill has hit hardly anybody");
      for (const bytes of blobs) {
        assert.ok((await registrySource(balancer.url, "slow").blob(digestOf(bytes))).equals(bytes));
      }
      assertNoCrash(replicas);
    });
  }

  test("chunks go to three replicas in turn", async (t) => {
    const place = await createPlace(account);
    const replicas = await startReplicas(t, place);
    const urlOf = (n: number) => replicas[n % 3]?.url ?? assert.fail();
    const seed = process.env.MOORAGE_E2E_SEED ?? "in turn";
    const random = createRandom(seed);
    for (const size of [1000, 8 * MEBIBYTE, 40 * MEBIBYTE]) {
      const blob = random.bytes(size);
      let upload = await startUpload(urlOf(0), "chunks");
      let chunks = 0;
      for (; upload.offset < size; chunks++) {
        const end = upload.offset + 2 + random.below(size < MEBIBYTE ? 400 : 7 * MEBIBYTE);
        upload = await append(urlOf(chunks + 1), upload, blob.subarray(upload.offset, end));
        assert.equal((await statusOf(urlOf(chunks + 2), upload)).offset, upload.offset);
      }
      await complete(urlOf(chunks + 1), upload, digestOf(blob));
      t.diagnostic(`seed ${JSON.stringify(seed)}: ${size} bytes in ${chunks} chunks`);
      for (const { url } of replicas) {
        assert.ok((await registrySource(url, "chunks").blob(digestOf(blob))).equals(blob));
      }
    }
    await nothingIsLeft(place);
    assertNoCrash(replicas);
  });

  test("the secret is changed in two rolling restarts, under an upload", async (t) => {
    const place = await createPlace(account);
    const [older, newer] = ["the secret of before, long enough", "the secret from now on, long enough"];
    const start = (...secrets: readonly string[]) =>
      startOnBucket(
        t,
        place,
        Object.fromEntries([
          ["REGISTRY_HTTP_SECRET", ""],
          ...secrets.map((secret, n) => [`REGISTRY_HTTP_SECRET_${n}`, secret]),
        ]),
      );
    const replicas = await Promise.all([start(older), start(older), start(older)]);
    const blob = createRandom("rotation").bytes(700_000);
    let upload = await startUpload(replicas[0]?.url ?? "", "rotation");
    let turn = 0;
    const goOn = async () => {
      for (const { url } of replicas) {
        const end = upload.offset + 17_000 + turn++;
        upload = await append(url, upload, blob.subarray(upload.offset, end));
      }
    };
    await goOn();
    for (const secrets of [[older, newer], [newer, older], [newer]]) {
      for (const index of [0, 1, 2]) {
        await replicas[index]?.stop();
        replicas[index] = await start(...secrets);
        await goOn();
      }
    }
    upload = await append(replicas[0]?.url ?? "", upload, blob.subarray(upload.offset));
    await complete(replicas[1]?.url ?? "", upload, digestOf(blob));
    assert.ok((await registrySource(replicas[2]?.url ?? "", "rotation").blob(digestOf(blob))).equals(blob));
  });

  test("replicas with three different secrets", { skip: missing("nginx", "skopeo") }, async (t) => {
    const replicas = await startReplicas(t, await createPlace(account), (index) => ({
      REGISTRY_HTTP_SECRET: SECRETS[index] ?? "",
      REGISTRY_LOG_LEVEL: "info",
    }));
    const said = /not signed here.*http\.secret/;

    await t.test("each shows the fingerprint of its own", () => {
      const fingerprints = replicas.map((replica) => /secretFingerprint=(\w{12})/.exec(replica.log())?.[1]);
      t.diagnostic(`fingerprints: ${fingerprints.join(", ")}`);
      assert.equal(new Set(fingerprints).size, 3);
      assert.ok(!fingerprints.includes(undefined));
    });

    await t.test("the client and the log are told why the upload fails", async () => {
      const upload = await startUpload(replicas[0]?.url ?? "", "secrets");
      await assert.rejects(
        append(replicas[1]?.url ?? "", upload, Buffer.from("bytes")),
        (error) => error instanceof UnexpectedStatus && error.status === 400 && said.test(error.message),
      );
      await until("the log tells", () => /level=warn .*same http\.secret/.test(replicas[1]?.log() ?? ""));
      assert.doesNotMatch(replicas[1]?.log() ?? "", new RegExp(SECRETS.join("|")));
    });

    await t.test("a client shows it", async () => {
      const [nginx] = BALANCERS;
      const balancer = await nginx?.start(t, replicas);
      const layout = join(temporaryDirectory(), "layout");
      await writeLayout(layout, { v1: createImageMaker("secrets").image() });
      const target = `docker://${balancer?.host}/secrets/app:v1`;
      const args = ["copy", "--insecure-policy", "--dest-tls-verify=false", `oci:${layout}:v1`, target];
      await assert.rejects(run(toolPath("skopeo"), args), (error: ProgramError) => {
        t.diagnostic(error.output.trim().split("\n").at(-1) ?? "");
        return said.test(error.output);
      });
    });
  });
}
