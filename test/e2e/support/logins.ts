/** Clients that log in, each in its own way, with nothing but what they were told here. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Account } from "./accounts.ts";
import { type Client, createClient, createContainersClient } from "./clients.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { digestsOf, layoutSource } from "./content.ts";
import { temporaryDirectory } from "./directories.ts";
import { type Docker, dockerMissing, startDocker } from "./docker.ts";
import type { Image, ImageMaker, Layer } from "./images.ts";
import { imageId, readLayout, writeDockerArchive, writeLayout } from "./layouts.ts";
import { run } from "./programs.ts";

/** A client as one user has it, and an image of theirs. */
export interface LoginClient {
  /** Some ask the registry, and reject when it says no; crane and ctr believe what they are told. */
  login(host: string, account: Account): Promise<unknown>;
  logout(host: string): Promise<unknown>;
  /** Pushes the image, and resolves to what the client said. */
  push(reference: string): Promise<string>;
  /** Rejects unless what comes is the image. */
  pull(reference: string): Promise<void>;
  /** From one repository that was pushed to before to another of the same registry. Resolves to what the client said. */
  copy(from: string, to: string): Promise<string>;
}

export const CLIENTS = ["docker", "podman", "skopeo", "crane", "regctl", "oras", "containerd"] as const;
export type ClientName = (typeof CLIENTS)[number];

/** For a test's `skip`. */
export const clientsMissing = (...others: readonly string[]) =>
  dockerMissing("podman", "skopeo", "crane", "regctl", "oras", "containerd", "ctr", "tar", ...others);

/** Starts the daemons that clients need. What comes from `create` knows nothing of what was created before. */
export async function startClients(
  t: TestContext,
): Promise<{ create(name: ClientName, disk: ImageOnDisk): LoginClient }> {
  const [docker, containerd] = await Promise.all([startDocker(t), startContainerd(t)]);
  const makers: Readonly<Record<ClientName, (disk: ImageOnDisk) => LoginClient>> = {
    docker: (disk) => dockerLogin(docker, disk),
    podman: podmanLogin,
    skopeo: skopeoLogin,
    crane: craneLogin,
    regctl: regctlLogin,
    oras: orasLogin,
    containerd: (disk) => containerdLogin(containerd, disk),
  };
  return { create: (name, disk) => makers[name](disk) };
}

export interface ImageOnDisk {
  readonly image: Image;
  /** An OCI layout with the tag `v1`. */
  readonly layout: string;
  /** The same, as `docker load` takes it. */
  readonly archive: string;
}

export async function prepareImage(maker: ImageMaker, layers: readonly Layer[]): Promise<ImageOnDisk> {
  const image = maker.image({ layers });
  const directory = temporaryDirectory();
  const [layout, archive] = [join(directory, "layout"), join(directory, "archive.tar")];
  await writeLayout(layout, { v1: image });
  await writeDockerArchive(archive, [{ image, layers, tags: ["localhost/image:v1"] }]);
  return { image, layout, archive };
}

/** With all that clients keep for a user below one directory. `input` is for standard input. */
type ForUser = (input?: string) => Client;

function forUser(name: string): ForUser {
  const home = temporaryDirectory();
  const env = {
    HOME: home,
    DOCKER_CONFIG: join(home, "docker"),
    REGCTL_CONFIG: join(home, "regctl.json"),
    REGISTRY_AUTH_FILE: join(home, "auth.json"),
  };
  return (input) => createClient(name, { env, input });
}

const hostOf = (reference: string) => reference.slice(0, reference.indexOf("/"));

/** What came is a layout with the image in it. */
async function assertPulled(layout: string, { image }: ImageOnDisk): Promise<void> {
  const [root] = await readLayout(layout);
  const digests = await digestsOf(layoutSource(layout), root?.digest ?? assert.fail("nothing was pulled"));
  assert.ok(digests.includes(imageId(image)), "something else was pulled");
}

function dockerLogin(docker: Docker, { image, archive }: ImageOnDisk): LoginClient {
  const env = { DOCKER_CONFIG: temporaryDirectory() };
  const client = docker.as({ env });
  const id = imageId(image);
  return {
    login: (host, { user, password }) =>
      docker.as({ env, input: password })("login", "--username", user, "--password-stdin", host),
    logout: (host) => client("logout", host),
    async push(reference) {
      await client("load", "--input", archive);
      await client("tag", id, reference);
      return await client("push", reference);
    },
    async pull(reference) {
      await client("rmi", "--force", reference, id).catch(() => {}); // it may be gone
      await client("pull", reference);
      assert.equal(await client("image", "inspect", "--format", "{{.Id}}", reference), id);
    },
    async copy(from, to) {
      await client("tag", from, to);
      return await client("push", to);
    },
  };
}

function podmanLogin({ image, archive }: ImageOnDisk): LoginClient {
  const podman = createContainersClient("podman");
  const id = imageId(image);
  const insecure = "--tls-verify=false";
  return {
    login: (host, { user, password }) => podman("login", insecure, "--username", user, "--password", password, host),
    logout: (host) => podman("logout", host),
    async push(reference) {
      await podman("load", "--quiet", "--input", archive);
      return await podman("push", "--quiet", insecure, id.slice("sha256:".length), reference);
    },
    async pull(reference) {
      await podman("rmi", "--all", "--force");
      await podman("pull", "--quiet", insecure, reference);
      assert.equal(`sha256:${await podman("image", "inspect", "--format", "{{.Id}}", reference)}`, id);
    },
    copy: (_, to) => podman("push", "--quiet", insecure, id.slice("sha256:".length), to),
  };
}

function skopeoLogin(disk: ImageOnDisk): LoginClient {
  const skopeo = forUser("skopeo");
  const copy = ["copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false"];
  return {
    login: (host, { user, password }) =>
      skopeo(password)("login", "--tls-verify=false", "--username", user, "--password-stdin", host),
    logout: (host) => skopeo()("logout", host),
    push: (reference) => skopeo()(...copy, `oci:${disk.layout}:v1`, `docker://${reference}`),
    async pull(reference) {
      const directory = temporaryDirectory();
      await skopeo()(...copy, `docker://${reference}`, `oci:${directory}:v1`);
      await assertPulled(directory, disk);
    },
    copy: (from, to) => skopeo()(...copy, `docker://${from}`, `docker://${to}`),
  };
}

function craneLogin(disk: ImageOnDisk): LoginClient {
  const crane = forUser("crane");
  return {
    login: (host, { user, password }) => crane(password)("auth", "login", "--username", user, "--password-stdin", host),
    logout: (host) => crane()("auth", "logout", host),
    push: (reference) => crane()("push", disk.layout, reference),
    async pull(reference) {
      const directory = temporaryDirectory();
      await crane()("pull", "--format", "oci", reference, directory);
      await assertPulled(directory, disk);
    },
    copy: (from, to) => crane()("copy", from, to),
  };
}

function regctlLogin(disk: ImageOnDisk): LoginClient {
  const regctl = forUser("regctl");
  const useHttp = (host: string) => regctl()("registry", "set", "--tls", "disabled", "--skip-check", host);
  return {
    async login(host, { user, password }) {
      await useHttp(host);
      await regctl(password)("registry", "login", "--user", user, "--pass-stdin", host);
    },
    logout: (host) => regctl()("registry", "logout", host),
    async push(reference) {
      await useHttp(hostOf(reference));
      return await regctl()("image", "copy", `ocidir://${disk.layout}:v1`, reference);
    },
    async pull(reference) {
      const directory = temporaryDirectory();
      await useHttp(hostOf(reference));
      await regctl()("image", "copy", reference, `ocidir://${directory}:v1`);
      await assertPulled(directory, disk);
    },
    copy: (from, to) => regctl()("image", "copy", from, to),
  };
}

function orasLogin(disk: ImageOnDisk): LoginClient {
  const oras = forUser("oras");
  return {
    login: (host, { user, password }) =>
      oras(password)("login", "--plain-http", "--username", user, "--password-stdin", host),
    logout: (host) => oras()("logout", host),
    push: (reference) => oras()("copy", "--from-oci-layout", "--to-plain-http", `${disk.layout}:v1`, reference),
    async pull(reference) {
      const directory = temporaryDirectory();
      await oras()("copy", "--from-plain-http", "--to-oci-layout", reference, `${directory}:v1`);
      await assertPulled(directory, disk);
    },
    copy: (from, to) => oras()("copy", "--from-plain-http", "--to-plain-http", from, to),
  };
}

/** Everything that it does takes the name and the password anew. */
function containerdLogin({ ctr, contentDirectory }: Containerd, { image, layout }: ImageOnDisk): LoginClient {
  let user: readonly string[] = [];
  return {
    async login(_, { user: name, password }) {
      user = ["--user", `${name}:${password}`];
    },
    async logout() {
      user = [];
    },
    async push(reference) {
      const archive = join(temporaryDirectory(), "layout.tar");
      await run("tar", ["-C", layout, "-cf", archive, "."]);
      await ctr("images", "import", "--no-unpack", "--base-name", "localhost/image", archive);
      await ctr("images", "tag", "--force", "localhost/image:v1", reference);
      return await ctr("images", "push", "--plain-http", ...user, reference);
    },
    async pull(reference) {
      await ctr("images", "rm", "--sync", reference).catch(() => {});
      await ctr("content", "fetch", "--plain-http", ...user, reference);
      const digests = await digestsOf(layoutSource(contentDirectory), image.descriptor.digest);
      assert.ok(digests.includes(imageId(image)));
    },
    async copy(from, to) {
      await ctr("images", "tag", "--force", from, to);
      return await ctr("images", "push", "--plain-http", ...user, to);
    },
  };
}
