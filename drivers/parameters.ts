/** Pieces of the drivers' parameter schemas. Values come from YAML or from the environment, so numbers may be text. */
import * as z from "zod";

/** A driver's parameters: none but these, and an empty section counts as one without entries. */
export function parameters<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  const advice = known.length === 0 ? "this driver takes no parameters" : `known here: ${known.join(", ")}`;
  const strict = z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `remove or correct ${issue.keys?.join(", ")} (${advice})`
        : `write a map of parameters (${advice})`,
  });
  return z.preprocess((value) => value ?? {}, strict);
}

/** A count. What is below the minimum is raised to it, as distribution does. */
export function count(options: { readonly byDefault: number; readonly minimum: number }) {
  const advice = `write a whole number, such as ${options.byDefault}`;
  return z
    .preprocess(
      (value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value),
      z.int({ error: advice }).nonnegative({ error: advice }),
    )
    .transform((value) => Math.max(value, options.minimum))
    .default(Math.max(options.byDefault, options.minimum));
}

const TRUE: readonly unknown[] = [true, "1", "t", "T", "TRUE", "true", "True"];
const FALSE: readonly unknown[] = [false, "0", "f", "F", "FALSE", "false", "False"];

/** What Go takes for a boolean. */
export function flag(byDefault: boolean) {
  return z
    .preprocess(
      (value) => (TRUE.includes(value) ? true : FALSE.includes(value) ? false : value),
      z.boolean({ error: "write true or false" }),
    )
    .default(byDefault);
}

/** YAML makes numbers of names that consist of digits. */
const asText = (value: unknown) => (typeof value === "number" ? String(value) : value);

export function text(advice: string) {
  return z.preprocess(asText, z.string({ error: advice }).trim().min(1, { error: advice }));
}

/** An empty text counts as none: that is how a variable takes a value away. */
export function optionalText(advice: string) {
  return z.preprocess(
    (value) => (value === "" || value === null ? undefined : asText(value)),
    z.string({ error: advice }).trim().optional(),
  );
}

/** As distribution joins it with keys: slashes at its ends do not count. Empty, or ends in "/". */
export function rootOf(rootdirectory: string | undefined): string {
  const root = (rootdirectory ?? "").replace(/^\/+|\/+$/g, "");
  return root === "" ? "" : `${root}/`;
}

/** A map that came as one text, such as the content of a file. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return value.trim() === "" ? undefined : JSON.parse(value);
  } catch {
    return value;
  }
}
