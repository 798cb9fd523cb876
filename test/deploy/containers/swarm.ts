/** The stacks, deployed as their first lines say, in a Swarm of one node. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { lastPartOf } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import { until } from "../../e2e/support/until.ts";
import { ROOT } from "../support/files.ts";
import { answers, pushAndPull } from "../support/inspection.ts";
import type { Machine } from "../support/machine.ts";
import { importSmallImage } from "../support/stand-ins.ts";

const SERVICE = "registry_registry";
const ACCESS_KEY = "registry";
const SECRET_KEY = "a-secret-of-the-store";

/** Several processes start and stop one after the other, on machines that may be busy. */
const PATIENCE = { timeoutMilliseconds: 240_000 };

/** With the addresses of three replicas. */
const UPLOAD = `
  ask() { curl -fsS -u alice:secret-of-alice -H 'Content-Type: application/octet-stream' -D headers -o body "$@"; }
  location() { sed -n 's/^[Ll]ocation: //p' headers | tr -d '\\r'; }
  head -c 9000000 /dev/urandom > blob
  digest=sha256:$(sha256sum blob | cut -d ' ' -f 1)
  ask -X POST "http://$0:5000/v2/shared/blobs/uploads/"
  ask -X PATCH --data-binary @blob "http://$1:5000$(location)"
  ask -X PUT "http://$2:5000$(location)&digest=$digest"
  ask -L "http://$0:5000/v2/shared/blobs/$digest"
  cmp blob body`;

export async function testSwarm(t: TestContext, machine: Machine): Promise<void> {
  const { docker } = machine;
  await docker("swarm", "init", "--advertise-addr", "127.0.0.1");
  await machine.sh(
    `openssl rand -hex 32 | docker secret create registry_http_secret_v1 -
     printf %s "${ACCESS_KEY}" | docker secret create registry_s3_accesskey_v1 -
     printf %s "${SECRET_KEY}" | docker secret create registry_s3_secretkey_v1 -
     htpasswd -Bbn alice secret-of-alice | docker secret create registry_htpasswd_v1 -`,
    { env: { PATH: `/usr/bin:${process.env.PATH}` } },
  );

  await t.test("stack.yml: three replicas on a bucket", async (t) => {
    const endpoint = await startStore(t, machine);
    await deploy(machine, "stack.yml", { REGISTRY_ENDPOINT: endpoint });
    t.after(() => remove(machine));
    await running(machine, 3);

    await t.test("share an upload: begun at one, continued at the next, completed at the third", async () => {
      const replicas = await addressesOf(machine);
      assert.equal(replicas.length, 3);
      for (const address of replicas) await answers(machine, `http://${address}:5000/v2/`, 401);
      await machine.run("bash", ["-euc", UPLOAD, ...replicas]);
    });

    await t.test("are replaced one by one", async () => {
      const before = await tasksOf(machine);
      await docker("service", "update", "--quiet", "--force", "--update-monitor=1s", SERVICE);
      const after = await tasksOf(machine);
      assert.equal(after.length, 3);
      for (const task of after) assert.ok(!before.includes(task), "a task that was not replaced");
    });

    await t.test("are as they were after an update that does not start", async () => {
      const update = ["service", "update", "--quiet", "--env-add=REGISTRY_STORAGE=nonsense", SERVICE];
      await docker(...update).catch(() => {}); // that it failed is said by some versions, and not by others
      const state = ["service", "inspect", "--format", "{{.UpdateStatus.State}}", SERVICE];
      await until("it is rolled back", async () => (await docker(...state)) === "rollback_completed", PATIENCE);
      await running(machine, 3);
    });
  });

  await t.test("filesystem.yml: one replica on a directory", async (t) => {
    await docker("node", "update", "--label-add", "registry=true", await docker("node", "ls", "--quiet"));
    await deploy(machine, "filesystem.yml", {});
    t.after(() => remove(machine));
    await running(machine, 1);
    await answers(machine, "http://localhost:5000/v2/", 401);
    await logIn(machine);
    await importSmallImage(machine, "localhost:5000/single:v1");
    await pushAndPull(machine, "localhost:5000/single:v1");
    await docker("service", "update", "--quiet", "--force", "--update-monitor=1s", SERVICE);
    await docker("pull", "localhost:5000/single:v1");
  });
  await docker("swarm", "leave", "--force");
}

/** Where containers of a stack reach this machine. */
async function startStore(t: TestContext, machine: Machine): Promise<string> {
  const data = join(machine.directory, "swarm-bucket");
  await mkdir(join(data, "registry"), { recursive: true });
  const store = machine.start(toolPath("versitygw"), ["--port", ":7070", "posix", data], {
    env: { ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY },
  });
  t.after(async () => {
    store.signal("SIGKILL");
    await store.ended;
  });
  const [, address] = /inet ([\d.]+)\//.exec(await machine.sh("ip -4 -o address show docker0")) ?? [];
  assert.ok(address);
  return `http://${address}:7070`;
}

async function deploy(machine: Machine, file: string, env: Readonly<Record<string, string>>): Promise<void> {
  // The image is this machine's own: nobody is asked for a newer one.
  const args = ["stack", "deploy", "--resolve-image=never", "-c", `deploy/swarm/${file}`, "registry"];
  await machine.run(toolPath("docker"), args, { cwd: ROOT, env });
}

async function remove(machine: Machine): Promise<void> {
  await until("nothing of the stack is left", async () => {
    // A task on its way out may still use a network: then docker fails, and is to be asked again.
    await machine.docker("stack", "rm", "registry").catch(() => {});
    const filter = "label=com.docker.stack.namespace=registry";
    const left = [
      await machine.docker("ps", "--all", "--quiet", "--filter", filter),
      await machine.docker("network", "ls", "--quiet", "--filter", filter),
    ];
    return left.join("") === "";
  });
}

/**
 * Of the containers, in the network that connects them with this machine. Not by the port that the stack publishes: the routing
 * mesh needs IPVS in the kernel, which machines for tests may lack.
 */
async function addressesOf({ docker }: Machine): Promise<string[]> {
  const [{ Containers }] = JSON.parse(await docker("network", "inspect", "docker_gwbridge"));
  const ids = (await docker("ps", "--quiet", "--no-trunc", "--filter", `name=${SERVICE}`)).split("\n");
  return Object.entries<{ readonly IPv4Address: string }>(Containers)
    .filter(([id]) => ids.includes(id))
    .map(([, { IPv4Address }]) => IPv4Address.slice(0, IPv4Address.indexOf("/")));
}

const tasksOf = async ({ docker }: Machine): Promise<string[]> =>
  (await docker("service", "ps", "--quiet", "--filter", "desired-state=running", SERVICE)).split("\n").filter(Boolean);

/** A task runs when its health check says so. */
async function running(machine: Machine, count: number): Promise<void> {
  const format = ["--format", "{{.Replicas}}", "--filter", `name=${SERVICE}`];
  const areRunning = async () => (await machine.docker("service", "ls", ...format)).startsWith(`${count}/${count}`);
  await until(`${count} replicas run`, areRunning, PATIENCE).catch(async (error: unknown) => {
    throw new Error(await whatHappened(machine), { cause: error });
  });
}

async function whatHappened({ docker, run }: Machine): Promise<string> {
  const tasks = await docker("service", "ps", "--no-trunc", "--format", "{{.CurrentState}} {{.Error}}", SERVICE);
  const { stdout, stderr } = await run(toolPath("docker"), ["service", "logs", "--raw", SERVICE]);
  return `${tasks}\n${lastPartOf(stdout + stderr)}`;
}

async function logIn({ docker }: Machine): Promise<void> {
  await docker("login", "--username", "alice", "--password", "secret-of-alice", "localhost:5000");
}
