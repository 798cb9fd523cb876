/** kustomize and the Helm chart: rendered, valid, equal, and understood by the registry. No cluster is to be had here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missing } from "../e2e/support/tools.ts";
import { readByRegistry, warningsOf } from "./support/configuration.ts";
import {
  environmentOf,
  find,
  helm,
  type KubernetesObject,
  kustomize,
  NEWEST_VERSION,
  OLDEST_VERSION,
  validate,
} from "./support/kubernetes.ts";

const skip = missing("kustomize", "helm", "kubernetes-validate");

const S3 = { REGISTRY_STORAGE: "s3", REGISTRY_STORAGE_S3_REGION: "eu-central-1", REGISTRY_STORAGE_S3_BUCKET: "images" };
const ON_A_VOLUME = {
  replicaCount: 1,
  autoscaling: { enabled: false },
  persistence: { enabled: true },
  settings: { REGISTRY_STORAGE: "filesystem" },
};

const WAYS: Readonly<Record<string, { objects: () => Promise<KubernetesObject[]>; driver: string }>> = {
  "kustomize on a volume": { objects: () => kustomize("deploy/kubernetes/overlays/filesystem"), driver: "filesystem" },
  "kustomize on AWS": { objects: () => kustomize("deploy/kubernetes/overlays/aws"), driver: "s3" },
  "kustomize on Google Cloud": { objects: () => kustomize("deploy/kubernetes/overlays/gcp"), driver: "gcs" },
  "kustomize on Azure": { objects: () => kustomize("deploy/kubernetes/overlays/azure"), driver: "azure" },
  "kustomize on Alibaba Cloud": { objects: () => kustomize("deploy/kubernetes/overlays/alicloud"), driver: "oss" },
  "the chart on a bucket": {
    objects: () => helm({ settings: S3, ingress: { enabled: true }, podMonitor: { enabled: true } }),
    driver: "s3",
  },
  "the chart with keys": {
    objects: () =>
      helm({
        settings: { ...S3, REGISTRY_STORAGE_S3_ACCESSKEY: "AKIA" },
        secretFiles: { REGISTRY_STORAGE_S3_SECRETKEY_FILE: { secret: "registry-s3", key: "secretkey" } },
      }),
    driver: "s3",
  },
  "the chart on a volume": { objects: () => helm(ON_A_VOLUME), driver: "filesystem" },
};

for (const [way, { objects: render, driver }] of Object.entries(WAYS)) {
  test(way, { skip }, async (t) => {
    const objects = await render();

    await t.test("is what the API takes, in old and new versions", async () => {
      for (const version of [OLDEST_VERSION, NEWEST_VERSION]) await validate(objects, version);
    });

    await t.test("is understood by the registry", async () => {
      const loaded = await readByRegistry(environmentOf(objects));
      assert.deepEqual(warningsOf(loaded), []);
      assert.equal(loaded.config.storage.driver.name, driver);
      assert.equal(loaded.config.http.secrets.length, 1);
    });

    await t.test("stops within the time that it has, and is safe", async () => {
      const pod = find(objects, "Deployment").spec.template.spec;
      const { http } = (await readByRegistry(environmentOf(objects))).config;
      const needed = (http.drainDelayMilliseconds + http.drainTimeoutMilliseconds) / 1000;
      assert.ok(pod.terminationGracePeriodSeconds > needed, `${needed} s are needed`);
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.securityContext.runAsNonRoot, true);
      const [{ securityContext, readinessProbe, livenessProbe }] = pod.containers;
      assert.deepEqual(securityContext.capabilities.drop, ["ALL"]);
      assert.equal(securityContext.readOnlyRootFilesystem, true);
      assert.equal(readinessProbe.httpGet.path, "/readyz");
      assert.equal(livenessProbe.httpGet.path, "/livez");
      // A stopping pod must be out of the balancers before it takes no more.
      assert.ok(readinessProbe.periodSeconds * readinessProbe.failureThreshold < http.drainDelayMilliseconds / 1000);
    });

    await t.test("has no session affinity and no secret", () => {
      assert.equal(find(objects, "Service").spec.sessionAffinity, undefined);
      assert.ok(!objects.some(({ kind }) => kind === "Secret"));
    });

    await t.test("has several replicas only where they share a bucket", () => {
      const { spec } = find(objects, "Deployment");
      const scaled = objects.some(({ kind }) => kind === "HorizontalPodAutoscaler");
      assert.equal(scaled, driver !== "filesystem");
      if (driver !== "filesystem") return;
      assert.equal(spec.replicas, 1);
      assert.deepEqual(spec.strategy, { type: "Recreate" });
    });
  });
}

test("the chart and kustomize make the same", { skip }, async () => {
  const [chart, kustomized] = await Promise.all([
    helm({ settings: { ...S3, REGISTRY_STORAGE_S3_ENCRYPT: "true" }, fullnameOverride: "registry" }),
    kustomize("deploy/kubernetes/overlays/aws"),
  ]);
  for (const kind of ["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"]) {
    assert.deepEqual(essence(find(chart, kind)), essence(find(kustomized, kind)), kind);
  }
  const names = (objects: readonly KubernetesObject[]) => Object.keys(environmentOf(objects)).sort();
  assert.deepEqual(names(chart), names(kustomized));
});

/** Without the labels of the tool, and the name that depends on the content. */
function essence(object: KubernetesObject): unknown {
  const copy = structuredClone(object.spec);
  if (object.kind === "Deployment") {
    delete copy.replicas; // the autoscaler's matter
    delete copy.template.metadata;
    copy.template.spec.containers[0].env.sort(byName);
    copy.template.spec.containers[0].envFrom = [];
    const { projected } = copy.template.spec.volumes.find(({ name }: KubernetesObject) => name === "secrets");
    projected.sources.sort((a: KubernetesObject, b: KubernetesObject) => byName(a.secret.items[0], b.secret.items[0]));
  }
  return copy;
}

const byName = (a: KubernetesObject, b: KubernetesObject) => ((a.name ?? a.key) < (b.name ?? b.key) ? -1 : 1);

for (const [mistake, values, expected] of [
  ["no store", {}, /REGISTRY_STORAGE is missing/],
  ["replicas on a directory", { ...ON_A_VOLUME, replicaCount: 2 }, /one replica's own/],
  ["an autoscaler on a directory", { ...ON_A_VOLUME, autoscaling: { enabled: true } }, /one replica's own/],
  ["a directory without a volume", { ...ON_A_VOLUME, persistence: { enabled: false } }, /needs persistence/],
  [
    "replicas without a secret",
    { settings: S3, secretFiles: { REGISTRY_HTTP_SECRET_FILE: null } },
    /SECRET_FILE is missing/,
  ],
  ["a secret in the open", { settings: { ...S3, REGISTRY_STORAGE_S3_SECRETKEY: "x" } }, /is a secret/],
  ["a misspelt value", { settings: S3, replicas: 3 }, /replicas/],
  ["a number for a text", { settings: { ...S3, REGISTRY_HTTP_ADDR: 5000 } }, /REGISTRY_HTTP_ADDR/],
] as const) {
  test(`the chart refuses ${mistake}`, { skip }, async () => {
    await assert.rejects(helm(values), expected);
  });
}

test("the schemas find mistakes", { skip }, async () => {
  const objects = await kustomize("deploy/kubernetes/overlays/aws");
  for (const spoil of [
    (deployment: KubernetesObject) => (deployment.spec.replica = 3),
    (deployment: KubernetesObject) => (deployment.spec.template.spec.terminationGracePeriodSeconds = "150"),
    (deployment: KubernetesObject) =>
      (deployment.spec.template.spec.containers[0].livenessProbe.httpGet.port = undefined),
  ]) {
    const copy = structuredClone(objects);
    spoil(find(copy, "Deployment"));
    await assert.rejects(validate(copy, NEWEST_VERSION));
  }
});
