/** `moorage doctor`, as an operator runs it. */
import { fileURLToPath } from "node:url";
import type { Finding } from "../../../src/doctor/finding.ts";
import type { Seen } from "../../../src/registry/inspection/inspect.ts";
import { start } from "./programs.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

export interface Examined {
  readonly end: string;
  readonly findings: readonly Finding[];
  readonly seen: Seen;
}

export async function doctor(
  file: string,
  { args = [], env }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Examined> {
  const program = start(process.execPath, [MAIN, "doctor", "--json", ...args, file], { env });
  const end = await program.ended;
  const report = program.stdout();
  if (report === "") throw new Error(`${end}: ${program.stderr()}`);
  return { end, ...JSON.parse(report) };
}

/** Of the bucket: each as `broken tags of …: app:v1`. Reads run at once, so places come in any order. */
export function bucketFindings({ findings }: Pick<Examined, "findings">): string[] {
  const names = (places: readonly string[]) => places.map((place) => place.split(" ")[0]).sort();
  return findings
    .filter(({ area }) => area === "bucket")
    .map(({ severity, what, places }) => `${severity} ${what}: ${names(places).join()}`);
}
