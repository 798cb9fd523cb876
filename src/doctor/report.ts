/** What was found, for a person or for a program. */
import type { Seen } from "../registry/inspection/inspect.ts";
import type { Area, Finding, Severity } from "./finding.ts";

export interface Diagnosis {
  readonly configuration: string;
  /** `filesystem ./data`; `undefined`: the configuration names none. */
  readonly store: string | undefined;
  readonly findings: readonly Finding[];
  /** `undefined`: the bucket was not looked at. */
  readonly seen: Seen | undefined;
}

const AREAS: Readonly<Record<Area, string>> = {
  configuration: "Configuration",
  surroundings: "Store and network",
  bucket: "What is in the bucket",
};
const COLOURS: Readonly<Record<Severity, string>> = { broken: "31", differs: "33", note: "36" };
const SHOWN_PLACES = 5;

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

export function formatJson({ findings, seen, ...about }: Diagnosis): string {
  const summary = {
    broken: countOf(findings, "broken"),
    differs: countOf(findings, "differs"),
    notes: countOf(findings, "note"),
  };
  return `${JSON.stringify({ ...about, summary, seen: seen ?? null, findings }, undefined, 2)}\n`;
}

export function formatText(diagnosis: Diagnosis, { colours }: { readonly colours: boolean }): string {
  const { configuration, store, findings } = diagnosis;
  const paint = (code: string, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines = [`${configuration}, ${store ?? "no store"}`];
  for (const area of Object.keys(AREAS) as Area[]) {
    const here = findings.filter((finding) => finding.area === area);
    if (here.length === 0) continue;
    lines.push("", paint("1", AREAS[area]));
    for (const finding of here) lines.push(...linesOf(finding, paint));
  }
  lines.push("", ...conclusion(diagnosis));
  return `${lines.join("\n")}\n`;
}

function linesOf({ severity, what, fix, places, count }: Finding, paint: (code: string, text: string) => string) {
  const [only] = places;
  const isOne = count === 1 && only !== undefined;
  const number = count > 1 ? `${count} ` : "";
  const label = paint(COLOURS[severity], severity.padEnd(8));
  const more = count > SHOWN_PLACES ? [`… and ${count - SHOWN_PLACES} more: --json has up to 1000`] : [];
  const below = isOne ? [] : [...places.slice(0, SHOWN_PLACES), ...more];
  return [
    `  ${label} ${number}${what}${isOne ? `: ${only}` : ""}`,
    ...below.map((place) => `             ${place}`),
    `           fix: ${fix}`,
  ];
}

function conclusion({ findings, seen }: Diagnosis): string[] {
  const broken = countOf(findings, "broken");
  const others = `${countOf(findings, "differs")} differ from distribution, ${countOf(findings, "note")} to note`;
  const verdict = broken === 0 ? `Nothing is broken; ${others}.` : `${broken} broken, ${others}.`;
  if (!seen) return [verdict, "The bucket was not looked at."];
  const { repositories, manifests, tags, layers, objects, complete } = seen;
  const part = complete ? "" : `; that is not all of the bucket, but its first ${objects} objects`;
  return [
    verdict,
    `Looked at ${repositories} repositories with ${manifests} manifests, ${tags} tags and ${layers} layers${part}.`,
  ];
}
