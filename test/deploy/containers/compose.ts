/** The Compose files, started as their first lines say. */
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { toolPath } from "../../e2e/support/tools.ts";
import { until } from "../../e2e/support/until.ts";
import { issueCertificate } from "../../support/certificates.ts";
import { shippedPath } from "../support/files.ts";
import { answers, becomesHealthy, logsOf, pushAndPull, stateOf, statusOf } from "../support/inspection.ts";
import type { Machine } from "../support/machine.ts";
import { importRandomImage, importSmallImage } from "../support/stand-ins.ts";

const MEBIBYTE = 1024 * 1024;

export async function testCompose(t: TestContext, machine: Machine): Promise<void> {
  const { docker } = machine;
  const project = join(machine.directory, "project");
  await cp(shippedPath("deploy"), join(project, "deploy"), { recursive: true });
  const compose = async (file: string, ...args: readonly string[]) => {
    const { stdout } = await machine.run(toolPath("docker-compose"), ["-f", `deploy/compose/${file}`, ...args], {
      cwd: project,
      timeoutMilliseconds: 300_000,
    });
    return stdout.trim();
  };
  const containersOf = async (file: string, service: string) =>
    (await compose(file, "ps", "--quiet", service)).split("\n").filter(Boolean);

  await t.test("single.yml: what was pushed outlives the containers", async () => {
    await compose("single.yml", "up", "-d");
    const [registry = ""] = await containersOf("single.yml", "registry");
    await becomesHealthy(machine, registry);
    await importSmallImage(machine, "localhost:5000/single:v1");
    await pushAndPull(machine, "localhost:5000/single:v1");
    await compose("single.yml", "down");
    await compose("single.yml", "up", "-d");
    const [again = ""] = await containersOf("single.yml", "registry");
    await becomesHealthy(machine, again);
    await docker("pull", "localhost:5000/single:v1");
    await compose("single.yml", "stop");
    assert.equal((await stateOf(machine, again)).ExitCode, 0);
    await compose("single.yml", "down", "--volumes");
  });

  await t.test(
    "tls.yml: TLS and passwords by the registry itself, and a renewed certificate without a restart",
    async () => {
      const tls = (...args: readonly string[]) => compose("tls.yml", "--project-directory", ".", ...args);
      const renew = async (name: string) => {
        const { pem, keyPem } = issueCertificate({ name, hosts: ["localhost"] });
        await writeFile(join(project, "certs/registry.key"), keyPem);
        await writeFile(join(project, "certs/registry.crt"), pem);
      };
      await machine.sh("mkdir auth certs; htpasswd -Bbn alice secret-of-alice > auth/htpasswd", { cwd: project });
      await renew("first");
      await tls("up", "-d");
      await becomesHealthy(machine, await tls("ps", "--quiet", "registry"));
      const asked = () =>
        machine.sh("curl -sv --cacert certs/registry.crt https://localhost/v2/ 2>&1", { cwd: project });
      assert.match(await asked(), /subject: CN=first[\s\S]* 401 /);
      await docker("login", "--username", "alice", "--password", "secret-of-alice", "localhost:443");
      await importSmallImage(machine, "localhost:443/tls:v1");
      await pushAndPull(machine, "localhost:443/tls:v1");
      await renew("second");
      await until("the new one counts", () =>
        asked().then(
          (answer) => answer.includes("subject: CN=second"),
          () => false,
        ),
      );
      await docker("pull", "localhost:443/tls:v1");
      await tls("down", "--volumes");
    },
  );

  await t.test("scaled.yml does not start without a secret", async () => {
    await assert.rejects(compose("scaled.yml", "up", "-d"), /required variable .* is missing/);
  });

  await t.test("scaled.yml", async (t) => {
    await machine.sh("htpasswd -Bbn alice secret-of-alice > deploy/compose/htpasswd", { cwd: project });
    const settings = [
      `REGISTRY_HTTP_SECRET=${"0123456789abcdef".repeat(4)}`,
      "STORE_ACCESS_KEY=registry",
      "STORE_SECRET_KEY=a-secret-of-the-store",
    ];
    await writeFile(join(project, "deploy/compose/.env"), `${settings.join("\n")}\n`);
    await compose("scaled.yml", "up", "-d");
    t.after(() => compose("scaled.yml", "--profile", "haproxy", "down", "--volumes"));

    await t.test("three replicas are healthy, and nobody comes in without a password", async () => {
      const replicas = await containersOf("scaled.yml", "registry");
      assert.equal(replicas.length, 3);
      for (const replica of replicas) await becomesHealthy(machine, replica);
      await answers(machine, "http://localhost:5000/v2/", 401);
      await docker("login", "--username", "alice", "--password", "secret-of-alice", "localhost:5000");
    });

    await t.test("all of them take part in a push", async () => {
      await importRandomImage(machine, "localhost:5000/scaled:v1", 40 * MEBIBYTE);
      await pushAndPull(machine, "localhost:5000/scaled:v1");
      const logs = await Promise.all((await containersOf("scaled.yml", "registry")).map((id) => logsOf(machine, id)));
      for (const log of logs) assert.match(log, /"status":20\d|\/v2\//);
    });

    await t.test("a replica is killed in the middle of a push", async () => {
      const tag = "localhost:5000/killed:v1";
      await importRandomImage(machine, tag, 250 * MEBIBYTE);
      const push = machine.start(toolPath("docker"), ["push", tag]);
      await until("the push is on its way", async () => /MB\/|Pushing|Preparing/.test(push.stdout()));
      const [victim = ""] = await containersOf("scaled.yml", "registry");
      await docker("kill", "--signal=KILL", victim);
      assert.equal(await push.ended, "exit 0", push.stdout() + push.stderr());
      await docker("rmi", tag);
      await docker("pull", tag);
    });

    await t.test("replicas that were replaced have other addresses, and nginx finds them", async () => {
      await compose("scaled.yml", "up", "-d", "--force-recreate", "--no-deps", "registry");
      for (const replica of await containersOf("scaled.yml", "registry")) await becomesHealthy(machine, replica);
      await until("nginx has noticed", async () => {
        for (let n = 0; n < 12; n++) {
          if ((await statusOf(machine, "http://localhost:5000/v2/")) !== 401) return false;
        }
        return true;
      });
      await docker("pull", "localhost:5000/scaled:v1");
    });

    await t.test("HAProxy instead of nginx", async () => {
      await compose("scaled.yml", "--profile", "haproxy", "up", "-d", "haproxy");
      await until("HAProxy has replicas", async () => (await statusOf(machine, "http://localhost:5080/v2/")) === 401);
      await docker("login", "--username", "alice", "--password", "secret-of-alice", "localhost:5080");
      await docker("tag", "localhost:5000/scaled:v1", "localhost:5080/other:v1");
      await pushAndPull(machine, "localhost:5080/other:v1");
    });

    await t.test("nginx wrote nothing to its disk", async () => {
      const [nginx = ""] = await containersOf("scaled.yml", "nginx");
      assert.doesNotMatch(await logsOf(machine, nginx), /buffered to a temporary file/);
    });
  });
}
