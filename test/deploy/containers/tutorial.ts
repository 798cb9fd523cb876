/** docs/tutorial.md: the commands in its boxes, in their order, as they stand there. */
import { chmod, chown, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { toolPath } from "../../e2e/support/tools.ts";
import { shipped, shippedPath } from "../support/files.ts";
import type { Machine } from "../support/machine.ts";

/** Somebody who is not root, but may use Docker. */
const READER = 1000;

const STEP = /^## (.+)$/m;
const COMMANDS = /^```sh\n([\s\S]*?)^```$/gm;

export async function testTutorial(t: TestContext, machine: Machine): Promise<void> {
  const home = await readersHome(machine);
  const [, ...parts] = shipped("docs/tutorial.md").split(/^(?=## )/m);
  for (const part of parts) {
    const title = STEP.exec(part)?.[1] ?? "";
    const boxes = [...part.matchAll(COMMANDS)].map(([, commands = ""]) => commands);
    if (boxes.length === 0) continue;
    await t.test(title, async () => {
      // One box after the other in one shell: a directory that was entered stays so.
      const script = `cd; [ ! -d docker-registry ] || cd docker-registry\nset -eux\n${boxes.join("\n")}`;
      await machine.run("setpriv", [...asReader, "bash", "-c", script], {
        env: { HOME: home, DOCKER_CONFIG: join(home, ".docker"), PATH: `${home}/bin:${process.env.PATH}` },
        timeoutMilliseconds: 400_000,
      });
    });
  }
}

const asReader = [`--reuid=${READER}`, `--regid=${READER}`, "--clear-groups"];

async function readersHome(machine: Machine): Promise<string> {
  const home = join(machine.directory, "reader");
  await mkdir(join(home, ".docker/cli-plugins"), { recursive: true });
  await mkdir(join(home, "bin"));
  await mkdir(join(home, "moorage"));
  // Copies: a tool may be kept where only root may look, as in root's home.
  await cp(toolPath("docker-compose"), join(home, ".docker/cli-plugins/docker-compose"));
  await cp(toolPath("docker"), join(home, "bin/docker"));
  await cp(shippedPath("deploy"), join(home, "moorage/deploy"), { recursive: true });
  // Who reads this owns the two places that the tutorial changes as root, here.
  await writeFile(join(home, "bin/sudo"), '#!/bin/sh\nexec "$@"\n');
  await chmod(join(home, "bin/sudo"), 0o755);
  const hosts = join(machine.directory, "hosts");
  await writeFile(hosts, await readFile("/etc/hosts"));
  await chown(hosts, READER, READER);
  await machine.sh(
    `mount --bind ${hosts} /etc/hosts
     mkdir -p /etc/docker && chown ${READER} /etc/docker
     chown -R ${READER}:${READER} ${home}
     chmod 755 ${machine.directory}
     chmod 666 /run/docker.sock`,
  );
  return home;
}
