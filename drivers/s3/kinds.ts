/** Kinds of values that only parameters of S3-like stores have. From the environment all of them come as text. */
import * as z from "zod";

/** Bytes, or anything else that is counted. */
export function number(options: { readonly byDefault: number; readonly from: number; readonly to: number }) {
  const { byDefault, from, to } = options;
  const advice = `write a whole number from ${from} to ${to}, such as ${byDefault}`;
  return z
    .preprocess(
      (value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value),
      z.int({ error: advice }).min(from, { error: advice }).max(to, { error: advice }),
    )
    .default(byDefault);
}

/** One of some names, in any case. */
export function choice<const Names extends readonly string[]>(names: Names, byDefault: Names[number]) {
  const advice = `write one of ${names.join(", ")}`;
  return z
    .preprocess(
      (value) => names.find((name) => name.toLowerCase() === String(value).toLowerCase()) ?? value,
      z.enum(names, { error: advice }),
    )
    .default(byDefault);
}
