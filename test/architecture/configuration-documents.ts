/**
 * What the documents about the configuration must say, made from the table of settings. `node` this file to write them:
 * the tests beside it only compare.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { createCatalogue, defaultOf, variableOf } from "../../src/config/catalogue.ts";
import { PATH_VARIABLE } from "../../src/config/environment.ts";
import type { Setting } from "../../src/config/kinds.ts";
import { driverSchemas } from "../../src/config/settings/drivers.ts";
import { missingSections } from "../../src/config/settings/missing.ts";

export const ENV_EXAMPLE = fileURLToPath(new URL("../../.env.example", import.meta.url));
export const GUIDE = fileURLToPath(new URL("../../docs/configuration.md", import.meta.url));

export const catalogue = createCatalogue(driverSchemas);

/** As one would write it: `30s`, `[]`; empty where there is none. */
export function shownDefault(setting: Setting): string {
  const value = defaultOf(setting);
  return value === undefined ? "" : stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}

const GROUPS: Readonly<Record<string, string>> = {
  log: "Log",
  auth: "Authentication",
  storage: "Storage",
  http: "HTTP",
  catalog: "Limits",
  tags: "Limits",
  manifests: "Limits",
  uploads: "Limits",
  validation: "Validation",
};

export function groups(): Map<string, [path: string, setting: Setting][]> {
  const grouped = new Map<string, [string, Setting][]>(Object.values(GROUPS).map((title) => [title, []]));
  for (const [path, setting] of catalogue.settings) {
    const title = setting.ofDriver ? `Storage: ${setting.ofDriver}` : GROUPS[path.split(".")[0] ?? ""];
    // The old name of a setting stands with its section.
    const key = title ?? "Log";
    grouped.set(key, [...(grouped.get(key) ?? []), [path, setting]]);
  }
  return grouped;
}

export function envExample(): string {
  const lines = [
    "# Every setting as a variable, with its default. Copy this file to .env and take away the # in front of what you change.",
    "# The environment wins over .env, and both win over a configuration file: docs/configuration.md tells more.",
    "",
    "# A configuration file, as distribution's config.yml.",
    `# ${PATH_VARIABLE}=`,
  ];
  for (const [title, settings] of groups()) {
    lines.push("", `# --- ${title} ---`);
    for (const [path, setting] of settings) {
      lines.push("", `# ${setting.about}`, `# ${variableOf(path)}=${shownDefault(setting)}`);
      if (setting.secret) lines.push("# The same, from a file.", `# ${variableOf(path)}_FILE=`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

export function settingTables(): string {
  const tables = [...groups()].map(([title, settings]) => {
    const rows = settings.map(([path, setting]) => {
      const variable = code(variableOf(path)) + (setting.secret ? ` or ${code("…_FILE")}` : "");
      return `| ${code(path)} | ${variable} | ${code(shownDefault(setting))} | ${cell(setting.about)} |`;
    });
    return [`### ${title}`, "", "| Key | Variable | Default | Meaning |", "|---|---|---|---|", ...rows].join("\n");
  });
  return tables.join("\n\n");
}

export function missingTable(): string {
  const rows = Object.entries(missingSections)
    .filter(([path]) => !catalogue.drivers[path.replace(/^storage\./, "")])
    .map(([path, { effect, sentence }]) => {
      const consequence = effect === "stop" ? "stops the start" : "warning";
      return `| ${code(path)} | ${consequence} | ${cell(sentence)} |`;
    });
  return ["| Section | | What is said |", "|---|---|---|", ...rows].join("\n");
}

/** Replaces what stands between the markers of that name. */
export function withPart(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/configuration.md has no place for ${name}`);
  return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
}

export const guideFrom = (text: string): string =>
  withPart(withPart(text, "settings", settingTables()), "missing", missingTable());

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(ENV_EXAMPLE, envExample());
  await writeFile(GUIDE, guideFrom(await readFile(GUIDE, "utf8")));
}
