/** What this project ships for its operators, read and adapted to the test at hand. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export const shippedPath = (path: string): string => `${ROOT}${path}`;

export const shipped = (path: string): string => readFileSync(shippedPath(path), "utf8");

/** Every replacement must apply, so that a test never runs something else than it says. */
export function adapt(text: string, replacements: readonly (readonly [from: string | RegExp, to: string])[]): string {
  return replacements.reduce((adapted, [from, to]) => {
    const result = adapted.replaceAll(from, to);
    if (result === adapted) throw new Error(`nothing to replace: ${from}`);
    return result;
  }, text);
}
