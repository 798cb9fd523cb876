/** The kinds of values that parameters of S3-like stores have. From the environment all of them may come as text. */
import { z } from "zod";

const TRUE: readonly unknown[] = [true, "1", "t", "T", "TRUE", "true", "True"];
const FALSE: readonly unknown[] = [false, "0", "f", "F", "FALSE", "false", "False"];

export function flag(byDefault: boolean) {
  return z
    .preprocess(
      (value) => (TRUE.includes(value) ? true : FALSE.includes(value) ? false : value),
      z.boolean({ error: "write true or false" }),
    )
    .default(byDefault);
}

/** YAML makes numbers of keys that consist of digits. */
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
