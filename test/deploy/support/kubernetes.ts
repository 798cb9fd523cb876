/** Objects of Kubernetes, rendered by kustomize and by Helm, and checked against the schemas of the API. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import type { Environment } from "./configuration.ts";
import { shippedPath } from "./files.ts";

// biome-ignore lint/suspicious/noExplicitAny: objects of the API are what they are
export type KubernetesObject = any;

export const OLDEST_VERSION = "1.29";
export const NEWEST_VERSION = "1.36";

export async function kustomize(directory: string): Promise<KubernetesObject[]> {
  return objectsIn((await run(toolPath("kustomize"), ["build", shippedPath(directory)])).stdout);
}

const CHART = shippedPath("deploy/helm/moorage");

/** Rejects with what Helm, or the chart, has to say. */
export async function helm(values: Readonly<Record<string, unknown>>): Promise<KubernetesObject[]> {
  const file = join(temporaryDirectory(), "values.json");
  await writeFile(file, JSON.stringify(values));
  const options = ["--namespace", "registry", "--kube-version", NEWEST_VERSION, "--values", file];
  await run(toolPath("helm"), ["lint", "--strict", "--kube-version", NEWEST_VERSION, "--values", file, CHART]);
  return objectsIn((await run(toolPath("helm"), ["template", "registry", CHART, ...options])).stdout);
}

const objectsIn = (text: string): KubernetesObject[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter(Boolean);

/** Rejects with each mistake. What is no part of Kubernetes itself has no schema here, and is not checked. */
export async function validate(objects: readonly KubernetesObject[], version: string): Promise<void> {
  const file = join(temporaryDirectory(), "objects.yaml");
  const known = objects.filter(({ apiVersion }) => !apiVersion.startsWith("monitoring.coreos.com/"));
  await writeFile(file, known.map((object) => JSON.stringify(object)).join("\n---\n"));
  await run(toolPath("kubernetes-validate"), ["--strict", "--quiet", "--kubernetes-version", version, file]);
}

export function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of the kind ${kind}`);
  return found[0];
}

/** What the registry's container sees. Variables that name a file must name one that is mounted. */
export function environmentOf(objects: readonly KubernetesObject[]): Environment {
  const { containers, volumes } = find(objects, "Deployment").spec.template.spec;
  const [container] = containers;
  const configMap = find(objects, "ConfigMap");
  if (container.envFrom[0].configMapRef.name !== configMap.metadata.name) throw new Error("another ConfigMap is meant");
  const own = Object.fromEntries((container.env ?? []).map(({ name, value }: KubernetesObject) => [name, value]));
  const mounted = new Set(
    volumes
      .flatMap(({ projected }: KubernetesObject) => projected?.sources ?? [])
      .flatMap(({ secret }: KubernetesObject) => secret.items)
      .map(({ path }: KubernetesObject) => `/run/secrets/moorage/${path}`),
  );
  for (const [name, path] of Object.entries(own)) {
    if (!mounted.has(path)) throw new Error(`${name} names ${path}, which is not mounted`);
  }
  return { ...configMap.data, ...own };
}
