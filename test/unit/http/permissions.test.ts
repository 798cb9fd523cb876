/** Teams that share a registry, over HTTP: each sees and does what the permissions say, and cannot tell that there is more. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { digestOf } from "../../../src/oci/digest.ts";
import { type AuthWorld, openAuthWorld } from "../../support/auth-world.ts";
import { bytesOf } from "../../support/bytes.ts";
import {
  imageManifest,
  pushBlob,
  pushImage,
  putManifest,
  startUpload,
  withDigest,
} from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { until } from "../../support/until.ts";

const line = (name: string) => `${name}:${hashSync("pw", 4)}\n`;
const PERMISSIONS = `
groups:
  team-a: [alice, robot ci]
  team-b: [bob]
robots:
  ci: {expires: 2030-01-31}
rules:
  - {who: anyone, may: pull, in: public/**}
  - {who: group team-a, may: [push, delete], in: [team-a/**, public/a]}
  - {who: group team-b, may: all, in: team-b/**}
  - {who: robot ci, may not: push, in: team-a/frozen}
  - {who: users, may: all, in: "$\{user}/**"}
  - {who: carol, may: list, in: "**"}
`;
const ALICE = "alice:pw";
const BOB = "bob:pw";
const CI = "ci:pw";
const CAROL = "carol:pw";

async function openTeams(
  t: TestContext,
): Promise<AuthWorld & { readonly clock: ReturnType<typeof createSleeplessRuntime> }> {
  const clock = createSleeplessRuntime();
  const world = await openAuthWorld(t, {
    auth: "htpasswd: {path: DIR/htpasswd}\npermissions: DIR/permissions.yml",
    files: { htpasswd: ["alice", "bob", "ci", "carol"].map(line).join(""), "permissions.yml": PERMISSIONS },
    authRuntime: clock,
  });
  return { ...world, clock };
}

test("each team pulls, pushes and deletes its own", async (t) => {
  const { as, clock } = await openTeams(t);
  const { digest } = await pushImage(as(ALICE), "team-a/app", "v1");
  await pushImage(as(BOB), "team-b/app", "v1");
  await pushImage(as(CI), "team-a/built/by/ci", "v1");
  await pushImage(as(CAROL), "carol/own", "v1");

  const doings: readonly (readonly [method: string, path: string])[] = [
    ["GET", "manifests/v1"],
    ["HEAD", `manifests/${digest}`],
    ["GET", `blobs/${digestOf(Buffer.from("the layer of v1"))}`],
    ["GET", "tags/list"],
    ["GET", `referrers/${digest}`],
    ["POST", "blobs/uploads/"],
    ["PUT", "manifests/v2"],
    ["DELETE", "manifests/v1"],
    ["DELETE", `manifests/${digest}`],
  ];
  for (const [method, path] of doings) {
    for (const repository of ["team-a/app", "team-a/not/there", "team-a"]) {
      const answer = await as(BOB).request(method, `/v2/${repository}/${path}`, { body: "{}" });
      assert.equal(answer.status, 403, `${method} ${repository} ${path}`);
      // There and not there look alike.
      if (method !== "HEAD")
        assert.match(
          answer.body.toString(),
          /^\{"errors":\[\{"code":"DENIED","message":"requested access to the resource is denied","detail":\[[^\]]+\]\}\]\}$/,
        );
      assert.equal((await as(undefined).request(method, `/v2/${repository}/${path}`, { body: "{}" })).status, 401);
    }
  }
  assert.equal((await as(CI).request("GET", "/v2/team-a/app/manifests/v1")).status, 200);
  assertError(await as(CI).request("POST", "/v2/team-a/frozen/blobs/uploads/"), 403, "DENIED");
  assertError(await as(CI).request("POST", "/v2/ci/x/blobs/uploads/"), 403, "DENIED");
  assertError(await as(CAROL).request("GET", "/v2/team-a/app/manifests/v1"), 403, "DENIED");
  assert.equal((await as(CAROL).request("GET", "/v2/team-a/app/tags/list")).status, 200);
  assert.equal((await as(ALICE).request("DELETE", `/v2/team-a/app/manifests/${digest}`)).status, 202);

  clock.pass(32 * 24 * 3_600_000);
  assertError(await as(CI).request("GET", "/v2/team-a/app/manifests/v1"), 401, "UNAUTHORIZED");
});

test("the catalogue shows to each what is for them, page by page", async (t) => {
  const { as } = await openTeams(t);
  for (let i = 0; i < 5; i++) {
    await pushImage(as(ALICE), `team-a/${i}`, "v");
    await pushImage(as(BOB), `team-b/${i}`, "v");
  }
  await pushImage(as(ALICE), "public/a", "v");
  async function catalogOf(who: string | undefined, n: number) {
    const pages: string[][] = [];
    for (let path: string | undefined = `/v2/_catalog?n=${n}`; path !== undefined; ) {
      const answer = await as(who).request("GET", path);
      assert.equal(answer.status, 200, answer.body.toString());
      pages.push(answer.json<{ repositories: string[] }>().repositories);
      path = /<(.*)>/.exec(answer.headers.link ?? "")?.[1];
    }
    return pages;
  }
  const own = (team: string) => Array.from({ length: 5 }, (_, i) => `team-${team}/${i}`);
  for (const n of [1, 2, 3, 5, 6, 100]) {
    const alice = await catalogOf(ALICE, n);
    assert.deepEqual(alice.flat(), ["public/a", ...own("a")]);
    assert.equal(alice.length, Math.ceil(6 / n), "no page more than there is to see");
    assert.deepEqual((await catalogOf(BOB, n)).flat(), ["public/a", ...own("b")]);
    assert.deepEqual((await catalogOf(CAROL, n)).flat(), ["public/a", ...own("a"), ...own("b")]);
    assert.deepEqual(await catalogOf(undefined, n), [["public/a"]]);
  }
});

test("a blob of another team is not to be had: not by mount, not by manifest, not by a wrong upload", async (t) => {
  const { as } = await openTeams(t);
  const secret = bytesOf(1000, "secret");
  const digest = await pushBlob(as(ALICE), "team-a/app", secret);
  const { digest: manifest } = await pushImage(as(ALICE), "team-a/app", "v1");
  const unknown = digestOf(bytesOf(1, "unknown"));
  const assertNothing = async () => {
    for (const name of [digest, manifest]) {
      assert.equal((await as(BOB).request("GET", `/v2/team-b/x/blobs/${name}`)).status, 404);
      assert.equal((await as(BOB).request("GET", `/v2/team-b/x/manifests/${name}`)).status, 404);
    }
  };
  const mount = (name: string, from: string) =>
    as(BOB).request("POST", `/v2/team-b/x/blobs/uploads/?mount=${name}${from}`);

  for (const from of ["&from=team-a/app", "&from=team-a/nothing", "&from=", ""]) {
    const [there, not] = [await mount(digest, from), await mount(unknown, from)];
    for (const answer of [there, not]) assert.equal(answer.status, 202);
    const shape = ({ headers }: typeof there) => Object.keys(headers).sort();
    assert.deepEqual(shape(there), shape(not));
  }
  await assertNothing();

  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 1000 };
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: await pushBlob(as(BOB), "team-b/x", Buffer.from("{}")),
    size: 2,
  };
  for (const stolen of [
    { layers: [layer] },
    { config: { ...config, digest } },
    { layers: [], subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: manifest, size: 1 } },
    { layers: [{ ...layer, urls: ["https://example.com/x"] }] },
    { layers: [{ ...layer, mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }] },
  ]) {
    const body = imageManifest({ fields: { config, layers: [], ...stolen } });
    await putManifest(as(BOB), "team-b/x", "steal", body);
    await assertNothing();
    await as(BOB).request("GET", "/v2/team-b/x/manifests/steal");
    await assertNothing();
  }
  const children = [{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: manifest, size: 1 }, layer];
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: children }),
  );
  assertError(await putManifest(as(BOB), "team-b/x", "index", index), 400, "MANIFEST_BLOB_UNKNOWN");
  await assertNothing();

  for (const wrong of ["", "wrong", secret.subarray(0, 999)]) {
    const once = await as(BOB).request("POST", `/v2/team-b/x/blobs/uploads/?digest=${digest}`, { body: wrong });
    assertError(once, 400, "DIGEST_INVALID");
    const location = withDigest(await startUpload(as(BOB), "team-b/x"), digest);
    assertError(await as(BOB).request("PUT", location, { body: wrong }), 400, "DIGEST_INVALID");
  }
  await assertNothing();
  // What everybody may read, everybody may mount.
  const open = await pushBlob(as(ALICE), "public/a", bytesOf(10, "open"));
  for (const from of ["&from=public/a", ""]) assert.equal((await mount(open, from)).status, 201);
});

test("an upload goes on only for who began it, and where", async (t) => {
  const { as } = await openTeams(t);
  const location = await startUpload(as(ALICE), "team-a/app");
  const patched = await as(ALICE).request("PATCH", location, { body: bytesOf(10) });
  assert.equal(patched.status, 202);
  const elsewhere = patched.location.replace("/team-a/app/", "/team-b/app/");
  const done = (path: string) => withDigest(path, digestOf(bytesOf(10)));
  for (const [who, path, status] of [
    [CI, patched.location, 404],
    [BOB, patched.location, 403],
    [BOB, elsewhere, 404],
    [undefined, patched.location, 401],
  ] as const) {
    for (const [method, target] of [
      ["GET", path],
      ["PATCH", path],
      ["PUT", done(path)],
      ["DELETE", path],
    ] as const) {
      assert.equal((await as(who).request(method, target)).status, status, `${who} ${method}`);
    }
  }
  assert.equal((await as(ALICE).request("PUT", done(patched.location))).status, 201);
});

test("who may not move a tag may set a new one, and the same again", async (t) => {
  const { as, audit } = await openTeams(t);
  const first = await pushImage(as(ALICE), "team-a/app", "v1", "first");
  assert.equal((await putManifest(as(ALICE), "team-a/app", "v1", first.bytes)).status, 201);
  const second = await pushImage(as(ALICE), "team-a/app", undefined, "second");
  const moved = await putManifest(as(ALICE), "team-a/app", "v1", second.bytes);
  assertError(moved, 403, "DENIED");
  assert.match(moved.body.toString(), /the tag v1 is there, and you may not/);
  const several = await putManifest(as(ALICE), "team-a/app", `${second.digest}?tag=v2&tag=v1`, second.bytes);
  assertError(several, 403, "DENIED");
  assert.equal((await as(ALICE).request("HEAD", "/v2/team-a/app/manifests/v2")).status, 404, "all or nothing");
  assert.equal(
    (await as(ALICE).request("HEAD", "/v2/team-a/app/manifests/v1")).header("docker-content-digest"),
    first.digest,
  );
  assert.equal(audit.filter(({ event, reason = "" }) => event === "denial" && /the tag v1/.test(reason)).length, 2);

  await pushImage(as(BOB), "team-b/app", "v1", "first");
  await pushImage(as(BOB), "team-b/app", "v1", "second");
  // Of two at once, one is first, and stays.
  const racers = await Promise.all(["x", "y", "z"].map((seed) => pushImage(as(ALICE), "team-a/race", undefined, seed)));
  const outcomes = await Promise.all(racers.map(({ bytes }) => putManifest(as(ALICE), "team-a/race", "v1", bytes)));
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [201, 403, 403]);
});

test("a change of the file counts, and one that makes no sense does not", async (t) => {
  const { as, write, authLog } = await openTeams(t);
  const may = async () => (await as(CAROL).request("POST", "/v2/team-a/app/blobs/uploads/")).status === 202;
  assert.equal(await may(), false);
  await write("permissions.yml", `${PERMISSIONS}  - {who: carol, may: push, in: team-a/**}\n`);
  await until("carol may push", may);
  await write("permissions.yml", "rules:\n  - {who: carol, may: evrything, in: team-a/**}\n");
  await until("the mistake is told", async () => authLog.some(({ level }) => level === "error"));
  assert.match(
    authLog.find(({ level }) => level === "error")?.message ?? "",
    /what was there before still counts: line 2: rules.may: write list/,
  );
  assert.equal(await may(), true);
  await write("permissions.yml", PERMISSIONS);
  await until("carol may not push", async () => !(await may()));
});

test("who logged in, pushed, deleted and was refused is in the audit log, and no password", async (t) => {
  const { as, audit } = await openTeams(t);
  const { digest } = await pushImage(as(ALICE), "team-a/app", "v1");
  await as(ALICE).request("DELETE", "/v2/team-a/app/manifests/v1", { headers: { "x-request-id": "r1" } });
  await as(BOB).request("GET", "/v2/team-a/app/manifests/v1", { headers: { "x-request-id": "r2" } });
  await as("bob:wrong").request("GET", "/v2/");
  await as(undefined).request("GET", "/v2/team-a/app/manifests/v1");
  const address = "127.0.0.1";
  const told = audit.map((event) =>
    Object.fromEntries(
      Object.entries(event).filter(
        ([key, value]) => value !== undefined && (key !== "requestId" || /^r\d$/.test(String(value))),
      ),
    ),
  );
  assert.deepEqual(
    told.filter(({ event, digest: pushed }) => event !== "push" || pushed === digest),
    [
      { event: "login", outcome: "done", method: "password", user: "alice", address },
      { event: "push", outcome: "done", user: "alice", address, repository: "team-a/app", reference: "v1", digest },
      {
        event: "delete",
        outcome: "done",
        user: "alice",
        address,
        repository: "team-a/app",
        reference: "v1",
        requestId: "r1",
      },
      { event: "login", outcome: "done", method: "password", user: "bob", address },
      {
        event: "denial",
        outcome: "refused",
        user: "bob",
        address,
        repository: "team-a/app",
        reference: "v1",
        requestId: "r2",
        action: "pull",
        reason: "the permissions do not allow it",
      },
      { event: "login", outcome: "refused", user: "bob", address, reason: "wrong name or password" },
    ],
  );
  assert.equal(told.filter(({ event }) => event === "push").length, 3, "two blobs and a manifest");
});
