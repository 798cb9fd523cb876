/** The configuration that counts, as a file that says where each value came from. */
import { Document, type Node } from "yaml";
import { type Catalogue, defaultOf } from "./catalogue.ts";
import { BUILT_IN } from "./driver-choice.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Given } from "./given.ts";

const MASK = "***";

export function formatConfiguration({ driver, written, effective }: Evaluation, catalogue: Catalogue): string {
  const document = new Document({ version: 0.1 });
  const storage = driver && `storage.${driver.name}`;
  for (const [path, setting] of catalogue.settings) {
    const foreign = setting.ofDriver !== undefined && setting.ofDriver !== driver?.name;
    const value = effective.get(path) ?? defaultOf(setting);
    if (foreign || value === undefined) continue;
    const node = document.createNode(setting.secret ? mask(value) : value, { flow: true }) as Node;
    node.comment = ` ${originOf(written.get(path))}`;
    document.setIn(path.split("."), node);
  }
  if (storage && !document.hasIn(storage.split("."))) document.setIn(storage.split("."), {});
  return document.toString({ lineWidth: 0 });
}

function originOf(given: Given | undefined): string {
  if (!given || given.source.place === BUILT_IN) return "default";
  const { name, place } = given.source;
  return name.startsWith("REGISTRY_") ? `${name} (${place})` : place;
}

const mask = (value: unknown): unknown => (Array.isArray(value) ? value.map(() => MASK) : MASK);
