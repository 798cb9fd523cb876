/** Pieces of the drivers' parameter schemas. Values come from YAML or from the environment, so numbers may be text. */
import { z } from "zod";

/** A driver's parameters: none but these, and an empty section counts as one without entries. */
export function parameters<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  const advice = known.length === 0 ? "this driver takes no parameters" : `known here: ${known.join(", ")}`;
  const strict = z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `remove or correct ${issue.keys?.join(", ")} (${advice})` : undefined,
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
