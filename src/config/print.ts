/** The configuration that counts, as a file that says where each value came from. */
import { Document, type Node } from "yaml";
import { namedSections } from "./auth.ts";
import { type Catalogue, defaultOf } from "./catalogue.ts";
import { BUILT_IN } from "./driver-choice.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Given } from "./given.ts";
import { AUTH_SECTIONS } from "./settings/auth.ts";

const MASK = "***";

export function formatConfiguration(evaluation: Evaluation, catalogue: Catalogue): string {
  const { driver, written, effective } = evaluation;
  const document = new Document({ version: 0.1 });
  const chosen = [
    ...(driver ? [`storage.${driver.name}`] : []),
    ...namedSections(evaluation).map((name) => `auth.${name}`),
  ];
  const isForeign = (path: string) =>
    AUTH_SECTIONS.some((name) => isBelow(path, `auth.${name}`)) && !chosen.some((section) => isBelow(path, section));
  for (const [path, setting] of catalogue.settings) {
    const foreign = setting.ofDriver !== undefined && setting.ofDriver !== driver?.name;
    const value = effective.get(path) ?? defaultOf(setting);
    if (foreign || isForeign(path) || value === undefined) continue;
    const node = document.createNode(setting.secret ? mask(value) : value, { flow: true }) as Node;
    node.comment = ` ${originOf(written.get(path))}`;
    document.setIn(path.split("."), node);
  }
  for (const section of chosen) if (!document.hasIn(section.split("."))) document.setIn(section.split("."), {});
  return document.toString({ lineWidth: 0 });
}

const isBelow = (path: string, section: string): boolean => path === section || path.startsWith(`${section}.`);

function originOf(given: Given | undefined): string {
  if (!given || given.source.place === BUILT_IN) return "default";
  const { name, place } = given.source;
  return name.startsWith("REGISTRY_") ? `${name} (${place})` : place;
}

const mask = (value: unknown): unknown => (Array.isArray(value) ? value.map(() => MASK) : MASK);
