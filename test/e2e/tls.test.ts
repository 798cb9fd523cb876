/** Real clients and TLS: an authority of one's own, certificates that are renewed meanwhile, and clients that show theirs. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { machineMissing } from "../deploy/support/machine.ts";
import { issueCertificate } from "../support/certificates.ts";
import type { Client } from "./support/clients.ts";
import { createImageMaker, digestOf } from "./support/images.ts";
import { imageId, writeDockerArchive, writeLayout } from "./support/layouts.ts";
import { authority, serverCertificate, startTlsHost, type TlsHost } from "./support/tls-host.ts";
import { until } from "./support/until.ts";

const MEBIBYTE = 1024 * 1024;
const alice = issueCertificate({ name: "alice", issuer: authority, use: "client" });
const mallory = issueCertificate({ name: "alice", use: "client" });
const bob = issueCertificate({ name: "bob", issuer: authority, use: "client" });

const maker = createImageMaker("tls");
const layers = [maker.layer(), maker.layer({ size: 4 * MEBIBYTE })];
const image = maker.image({ layers });

const PERMISSIONS = "rules: [{who: alice, may: all, in: '**'}, {who: bob, may: pull, in: '**'}]\n";
const NEEDED = ["podman", "skopeo", "crane", "oras", "curl"];

test("TLS", { skip: machineMissing(...NEEDED), timeout: 300_000 }, async (t) => {
  const host = await startTlsHost(t);
  const layout = join(host.directory, "layout");
  await writeLayout(layout, { v1: image });

  const plain = await host.serve(5001, { REGISTRY_AUTH: "none" });
  await t.test("docker", (child) => pushAndPullWithDocker(child, host, plain));
  await t.test("podman, skopeo and crane", async () => {
    const trusting = await host.certificatesFor("nobody");
    await pushAndPullWithPodman(host, plain, trusting);
    await assert.rejects(pushWithSkopeo(host, layout, plain, join(host.directory, "home")), /unknown authority/);
    await pushWithSkopeo(host, layout, plain, trusting);
    const crane = host.client("crane", { SSL_CERT_FILE: join(trusting, "ca.crt") });
    assert.equal(await crane("digest", `${plain}/skopeo:v1`), image.descriptor.digest);
    await crane("copy", `${plain}/skopeo:v1`, `${plain}/crane:v1`);
    await assert.rejects(host.client("crane")("digest", `${plain}/crane:v1`), /unknown authority/);
  });
  await t.test("certificates are renewed while a slow upload runs", () => renewDuringUpload(host, plain));

  await writeFile(join(host.directory, "permissions.yml"), PERMISSIONS);
  const mutual = await host.serve(5002, {
    REGISTRY_HTTP_TLS_CLIENTCAS: join(host.directory, "ca.crt"),
    REGISTRY_AUTH: "certificate",
    REGISTRY_AUTH_PERMISSIONS: join(host.directory, "permissions.yml"),
  });
  await t.test("docker with a client certificate", async (child) => {
    await assert.rejects(pushAndPullWithDocker(child, host, mutual), /certificate required/);
    await pushAndPullWithDocker(child, host, mutual, alice);
  });
  await t.test("podman, skopeo and oras with one", async () => {
    const asAlice = await host.certificatesFor("alice", alice);
    await pushAndPullWithPodman(host, mutual, asAlice);
    await pushWithSkopeo(host, layout, mutual, asAlice);
    const nobody = await host.certificatesFor("somebody");
    await assert.rejects(pushWithSkopeo(host, layout, mutual, nobody), /certificate required/);
    const asMallory = await host.certificatesFor("mallory", mallory);
    // Clients look for one of an authority that the registry has named, and have none.
    await assert.rejects(pushWithSkopeo(host, layout, mutual, asMallory), /certificate required/);
    // Who may only pull is known by the name.
    const asBob = await host.certificatesFor("bob", bob);
    await assert.rejects(pushWithSkopeo(host, layout, mutual, asBob), /denied/);
    const flags = ["--ca-file", join(asBob, "ca.crt"), "--cert-file", join(asBob, "client.cert")];
    const oras = host.client("oras");
    const fetched = await oras(
      "manifest",
      "fetch",
      "--descriptor",
      ...flags,
      "--key-file",
      join(asBob, "client.key"),
      `${mutual}/skopeo:v1`,
    );
    assert.equal(JSON.parse(fetched).digest, image.descriptor.digest);
  });
});

async function pushAndPullWithDocker(t: TestContext, host: TlsHost, registry: string, client?: typeof alice) {
  const directory = `/etc/docker/certs.d/${registry}`;
  const name = `${registry}/docker${client ? "-with-certificate" : ""}:v1`;
  const archive = join(host.directory, "archive.tar");
  await writeDockerArchive(archive, [{ image, layers, tags: [name] }]);
  await host.docker("load", "--input", archive);
  t.after(() => host.docker("rmi", "--force", imageId(image)));
  if (client === undefined && registry.endsWith("1"))
    await assert.rejects(host.docker("push", name), /unknown authority/);
  const certificates = await host.certificatesFor(`docker ${name.replaceAll("/", "-")}`, client);
  await host.sh(`rm -rf ${directory} && cp -r ${certificates} ${directory}`);
  await host.docker("push", name);
  await host.docker("rmi", "--force", imageId(image));
  await host.docker("pull", name);
  assert.equal(await host.docker("image", "inspect", "--format", "{{.Id}}", name), imageId(image));
}

async function pushAndPullWithPodman(host: TlsHost, registry: string, certificates: string): Promise<void> {
  const storage = join(host.directory, "podman");
  const where = ["--root", join(storage, "root"), "--runroot", join(storage, "run"), "--storage-driver", "vfs"];
  const podman: Client = (...args) => host.client("podman")(...where, ...args);
  const name = `${registry}/podman:v1`;
  const archive = join(host.directory, "podman.tar");
  await writeDockerArchive(archive, [{ image, layers, tags: [name] }]);
  await podman("load", "--quiet", "--input", archive);
  await podman("push", "--quiet", "--cert-dir", certificates, name);
  await podman("rmi", "--force", name);
  await podman("pull", "--quiet", "--cert-dir", certificates, name);
  assert.equal(`sha256:${await podman("image", "inspect", "--format", "{{.Id}}", name)}`, imageId(image));
}

const pushWithSkopeo = (host: TlsHost, layout: string, registry: string, certificates: string) =>
  host.client("skopeo")(
    ...["copy", "--insecure-policy", "--dest-cert-dir", certificates, `oci:${layout}:v1`],
    `docker://${registry}/skopeo:v1`,
  );

async function renewDuringUpload(host: TlsHost, registry: string): Promise<void> {
  const bytes = Buffer.alloc(8 * MEBIBYTE, "slow");
  await writeFile(join(host.directory, "blob"), bytes);
  const curl = (...args: readonly string[]) =>
    host.client("curl")("--silent", "--show-error", "--cacert", join(host.directory, "ca.crt"), ...args);
  const begun = await curl("--dump-header", "-", "--request", "POST", `https://${registry}/v2/slow/blobs/uploads/`);
  const location = /^location: (\S+)/im.exec(begun)?.[1] ?? assert.fail(begun);
  const where = `https://${registry}${location}&digest=${digestOf(bytes)}`;
  const upload = curl(
    "--limit-rate",
    "1M",
    "--upload-file",
    join(host.directory, "blob"),
    "--write-out",
    "%{http_code}",
    where,
  );
  const before = await curl("--verbose", "--stderr", "-", `https://${registry}/v2/`);
  await host.renew(serverCertificate("second"));
  let isOver = false;
  upload
    .finally(() => {
      isOver = true;
    })
    .catch(() => {});
  await until("others see the new one", async () => {
    const seen = await curl("--verbose", "--stderr", "-", `https://${registry}/v2/`);
    return seen.includes("subject: CN=second");
  });
  assert.match(before, /subject: CN=first/);
  assert.equal(isOver, false, "the upload was too fast to show anything");
  assert.equal(await upload, "201");
  await curl("--output", join(host.directory, "again"), `https://${registry}/v2/slow/blobs/${digestOf(bytes)}`);
  assert.deepEqual(await readFile(join(host.directory, "again")), bytes);
}
