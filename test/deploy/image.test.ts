/** The image, built by a Docker daemon from stand-ins for its base images, and run as people run it. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { toolPath } from "../e2e/support/tools.ts";
import { until } from "../e2e/support/until.ts";
import { ROOT } from "./support/files.ts";
import { machineMissing, startMachine } from "./support/machine.ts";
import { importBuildImages, importSmallImage } from "./support/stand-ins.ts";

const HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp"];

test("the image", { skip: machineMissing("npm", "curl"), timeout: 900_000 }, async (t) => {
  const machine = await startMachine(t);
  const { docker } = machine;
  await importBuildImages(machine);

  const build = (...args: readonly string[]) =>
    machine.run(toolPath("docker"), ["build", "--network=none", "-f", "deploy/Dockerfile", ...args, "."], {
      cwd: ROOT,
      env: { DOCKER_BUILDKIT: "1" },
      timeoutMilliseconds: 600_000,
    });

  const stateOf = async (name: string) => JSON.parse(await docker("inspect", "--format", "{{json .State}}", name));
  const healthy = (name: string) =>
    until(`${name} is healthy`, async () => {
      const state = await stateOf(name);
      assert.ok(state.Running, `it ended: ${await logsOf(name)}`);
      return state.Health.Status === "healthy";
    });
  const logsOf = async (name: string) => {
    const { stdout, stderr } = await machine.run(toolPath("docker"), ["logs", name]);
    return stdout + stderr;
  };

  await t.test("is built", async () => {
    await build("-t", "moorage", "--build-arg", "VERSION=1.2.3");
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
    assert.deepEqual(app, ["LICENSE", "deploy", "drivers", "node_modules", "package-lock.json", "package.json", "src"]);
    assert.deepEqual(native, ["bcrypt", "bcrypt-linux-x64-gnu"]);
  });

  await t.test("for arm64 it has that architecture's packages", async () => {
    await build("-t", "packages-arm64", "--target=packages", "--build-arg=TARGETARCH=arm64");
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
      await healthy("plain");
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
    const { ExitCode, OOMKilled } = await stateOf("plain");
    assert.deepEqual({ ExitCode, OOMKilled }, { ExitCode: 0, OOMKilled: false }, await logsOf("plain"));
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
    await healthy("plain");
    await docker("pull", "localhost:5000/first:v1");
    await docker("stop", "--time=40", "plain");
    assert.equal((await stateOf("plain")).ExitCode, 0);
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
      await healthy("configured"); // the check asks at the port of the file
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
    const stuck = ["--entrypoint=node", "--health-interval=1s", "--health-start-period=0s", "--health-retries=1"];
    await docker("run", "-d", "--name=stuck", ...HARDENED, ...stuck, "moorage", "-e", "setInterval(() => {}, 1000)");
    await until("it is unhealthy", async () => (await stateOf("stuck")).Health.Status === "unhealthy");
    await docker("rm", "-f", "stuck");
  });

  await t.test("says what is wrong with data that belongs to somebody else", async () => {
    const foreign = join(machine.directory, "foreign");
    await mkdir(join(foreign, "docker"), { recursive: true, mode: 0o755 });
    const attempt = docker("run", "--rm", ...HARDENED, "-v", `${foreign}:/var/lib/registry`, "moorage");
    await assert.rejects(attempt, /\/var\/lib\/registry/);
    await docker("run", "-d", "--name=root", "--user=root", "-v", `${foreign}:/var/lib/registry`, "moorage");
    await healthy("root");
    await docker("rm", "-f", "root");
  });
});
