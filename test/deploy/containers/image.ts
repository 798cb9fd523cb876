/** The image, built by a Docker daemon from stand-ins for its base images, and run as people run it. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../../e2e/support/until.ts";
import { buildImage } from "../support/build.ts";
import { becomesHealthy, logsOf, stateOf } from "../support/inspection.ts";
import type { Machine } from "../support/machine.ts";
import { importSmallImage } from "../support/stand-ins.ts";

const HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp"];

export async function testImage(t: TestContext, machine: Machine): Promise<void> {
  const { docker } = machine;

  await t.test("says who it is", async () => {
    const { Config } = JSON.parse(await docker("inspect", "--format", "{{json .}}", "moorage"));
    assert.equal(Config.User, "65532:65532");
    assert.equal(Config.StopSignal, "SIGTERM");
    assert.equal(Config.Labels["org.opencontainers.image.version"], "1.2.3");
    assert.deepEqual(Object.keys(Config.Volumes), ["/var/lib/registry"]);
  });

  await t.test("has what runs, and nothing else of the repository", async () => {
    const script = `
      const { readdirSync } = require("node:fs");
      console.log(JSON.stringify([readdirSync("/app").sort(), readdirSync("/app/node_modules/@node-rs").sort()]));`;
    const [app, native] = JSON.parse(await docker("run", "--rm", "--entrypoint=node", "moorage", "-e", script));
    assert.deepEqual(app, ["LICENSE", "dist", "node_modules", "package.json"]);
    assert.deepEqual(native, ["bcrypt", "bcrypt-linux-x64-gnu"]);
  });

  await t.test("for arm64 it has that architecture's packages", async () => {
    await buildImage(machine, "-t", "packages-arm64", "--target=packages", "--build-arg=TARGETARCH=arm64");
    const script = 'console.log(require("node:fs").readdirSync("/app/node_modules/@node-rs").sort().join())';
    assert.equal(await docker("run", "--rm", "packages-arm64", "node", "-e", script), "bcrypt,bcrypt-linux-arm64-gnu");
  });

  await t.test(
    "runs as nobody on a root that cannot be written, healthy, and is pushed to by that daemon",
    async () => {
      await docker(
        "run",
        "-d",
        "--name=plain",
        ...HARDENED,
        "-p",
        "127.0.0.1:5000:5000",
        "-v",
        "plain:/var/lib/registry",
        "moorage",
      );
      await becomesHealthy(machine, "plain");
      assert.equal(
        await docker("top", "plain", "-eo", "pid,uid").then((text) => text.trim().split(/\s+/).at(-1)),
        "65532",
      );
      await importSmallImage(machine, "localhost:5000/first:v1");
      const pushed = await docker("push", "localhost:5000/first:v1");
      assert.match(pushed, /digest: sha256:/);
      const id = await docker("inspect", "--format", "{{.Id}}", "localhost:5000/first:v1");
      await docker("rmi", "localhost:5000/first:v1");
      await docker("pull", "localhost:5000/first:v1");
      assert.equal(await docker("inspect", "--format", "{{.Id}}", "localhost:5000/first:v1"), id);
    },
  );

  await t.test("stops cleanly, and what was pushed is there for the next one", async () => {
    await docker("stop", "--time=40", "plain");
    const { ExitCode, OOMKilled } = await stateOf(machine, "plain");
    assert.deepEqual({ ExitCode, OOMKilled }, { ExitCode: 0, OOMKilled: false }, await logsOf(machine, "plain"));
    await docker("rm", "plain");
    await docker(
      "run",
      "-d",
      "--name=plain",
      ...HARDENED,
      "--init",
      "-p",
      "127.0.0.1:5000:5000",
      "-v",
      "plain:/var/lib/registry",
      "moorage",
    );
    await becomesHealthy(machine, "plain");
    await docker("pull", "localhost:5000/first:v1");
    await docker("stop", "--time=40", "plain");
    assert.equal((await stateOf(machine, "plain")).ExitCode, 0);
    await docker("rm", "plain");
  });

  const file = (port: number) => `version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: ":${port}"}\n`;
  const settings = join(machine.directory, "settings");
  await mkdir(settings);
  for (const port of [5001, 5002, 5003]) await writeFile(join(settings, `${port}.yml`), file(port));

  for (const { like, mounts, args } of [
    { like: "registry:3", mounts: ["5001.yml:/etc/distribution/config.yml"], args: [] },
    { like: "registry:2", mounts: ["5001.yml:/etc/docker/registry/config.yml"], args: [] },
    {
      like: "a file as the only argument",
      mounts: ["5001.yml:/etc/distribution/config.yml", "5002.yml:/my.yml"],
      args: ["/my.yml"],
    },
    { like: "serve and a file", mounts: ["5003.yml:/my.yaml"], args: ["serve", "/my.yaml"] },
  ]) {
    await t.test(`takes its configuration like this: ${like}`, async () => {
      const expected = mounts.at(-1)?.slice(0, 4);
      const volumes = mounts.flatMap((mount) => ["-v", `${join(settings, mount)}:ro`]);
      await docker("run", "-d", "--name=configured", ...HARDENED, ...volumes, "moorage", ...args);
      await becomesHealthy(machine, "configured"); // the check asks at the port of the file
      const address = await docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", "configured");
      await machine.run("curl", ["-fsS", `http://${address}:${expected}/v2/`]);
      await docker("rm", "-f", "configured");
    });
  }

  await t.test("the other commands are there", async () => {
    assert.match(await docker("run", "--rm", ...HARDENED, "moorage", "--version"), /^\d+\.\d+\.\d+/);
    assert.match(await docker("run", "--rm", ...HARDENED, "moorage", "config"), /rootdirectory: \/var\/lib\/registry/);
  });

  await t.test("is unhealthy when it does not answer", async () => {
    // Zero would mean: as the image has it.
    const stuck = ["--entrypoint=node", "--health-interval=1s", "--health-start-period=1s", "--health-retries=1"];
    await docker("run", "-d", "--name=stuck", ...HARDENED, ...stuck, "moorage", "-e", "setInterval(() => {}, 1000)");
    await until("it is unhealthy", async () => (await stateOf(machine, "stuck")).Health.Status === "unhealthy");
    await docker("rm", "-f", "stuck");
  });

  await t.test("says what is wrong with data that belongs to somebody else", async () => {
    const foreign = join(machine.directory, "foreign");
    await mkdir(join(foreign, "docker"), { recursive: true, mode: 0o755 });
    const attempt = docker("run", "--rm", ...HARDENED, "-v", `${foreign}:/var/lib/registry`, "moorage");
    await assert.rejects(attempt, /\/var\/lib\/registry/);
    await docker("run", "-d", "--name=root", "--user=root", "-v", `${foreign}:/var/lib/registry`, "moorage");
    await becomesHealthy(machine, "root");
    await docker("rm", "-f", "root");
  });
}
