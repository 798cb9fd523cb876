/**
 * The image, and what runs it: on a Docker daemon of the test's own, with networks of its own. The images that are pulled
 * elsewhere (Node, distroless, nginx, HAProxy, Versity's gateway, httpd) are made of this machine's programs.
 */
import { test } from "node:test";
import { testCompose } from "./containers/compose.ts";
import { testImage } from "./containers/image.ts";
import { testSwarm } from "./containers/swarm.ts";
import { testTutorial } from "./containers/tutorial.ts";
import { buildImage } from "./support/build.ts";
import { machineMissing, startMachine } from "./support/machine.ts";
import {
  importBuildImages,
  importHaproxy,
  importHttpd,
  importNginx,
  importSmallImage,
  importVersity,
} from "./support/stand-ins.ts";

const NEEDED = ["npm", "curl", "openssl", "nginx", "haproxy", "htpasswd", "versitygw", "docker-compose"];

test("containers", { skip: machineMissing(...NEEDED), timeout: 1_200_000 }, async (t) => {
  const machine = await startMachine(t);
  await importBuildImages(machine);
  await buildImage(machine, "-t", "moorage", "--build-arg", "VERSION=1.2.3");
  await t.test("the image", (child) => testImage(child, machine));
  for (const importImage of [importNginx, importHaproxy, importVersity, importHttpd]) await importImage(machine);
  await importSmallImage(machine, "alpine");
  await t.test("Compose", (child) => testCompose(child, machine));
  await t.test("Swarm", (child) => testSwarm(child, machine));
  await t.test("the tutorial", (child) => testTutorial(child, machine));
});
