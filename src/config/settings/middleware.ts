import * as z from "zod";
import { middlewareOptions, type StorageMiddleware } from "../../../drivers/redirects/apply.ts";
import { parseDuration } from "../duration.ts";
import { flag, listOf, setting, text } from "../kinds.ts";

const DURATIONS = new Set(["duration", "updatefrequency"]);
/** distribution once misspelt it, and reads both. */
const ALIASES: Readonly<Record<string, string>> = { updatefrenquency: "updatefrequency" };
const NAMES = Object.keys(middlewareOptions).join(", ");

const isName = (name: string): name is StorageMiddleware["name"] => Object.hasOwn(middlewareOptions, name);

const entry = z
  .object({
    name: text(`write one of ${NAMES}`),
    disabled: flag().optional(),
    options: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform(({ name, disabled, options }, context): StorageMiddleware | undefined => {
    if (disabled) return undefined;
    if (!isName(name)) {
      context.addIssue({ code: "custom", message: `write one of ${NAMES}` });
      return z.NEVER;
    }
    const checked = middlewareOptions[name].safeParse(withDurations(options ?? {}));
    for (const { path, message } of checked.error?.issues ?? []) {
      context.addIssue({ code: "custom", message: `${[name, ...path].join(".")}: ${message}` });
    }
    return { name, options: checked.data };
  });

function withDurations(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const known = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
      return [known, DURATIONS.has(known) ? milliseconds(value) : value];
    }),
  );
}

/** What is no duration is left for the schema to refuse. */
function milliseconds(value: unknown): unknown {
  try {
    return parseDuration(value);
  } catch {
    return value;
  }
}

export const middlewareSettings = {
  "middleware.storage": setting(
    listOf(entry)
      .prefault([])
      .transform((entries) => entries.filter((middleware) => middleware !== undefined)),
    "Where clients are sent for blobs, instead of the store itself: {name: redirect, options: {baseurl: …}}, rewrite or cloudfront.",
    { below: "list" },
  ),
};
