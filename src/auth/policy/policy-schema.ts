/** The form of the file with the permissions. */
import * as z from "zod";
import { isBcryptHash } from "../htpasswd.ts";
import { ACTIONS } from "./actions.ts";

const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (given) => (given === undefined || Array.isArray(given) ? given : [given]),
    z.array(item, { error: "write one, or a list" }).min(1, { error: "write one at least" }),
  );
const text = z.string({ error: "write a text" });
const action = z.enum([...ACTIONS, "all"], { error: `write ${ACTIONS.join(", ")} or all` });

const rule = z
  .strictObject(
    {
      who: oneOrMore(text),
      may: oneOrMore(action).optional(),
      "may not": oneOrMore(action).optional(),
      in: oneOrMore(text),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "write who, may (or may not) and in" : undefined) },
  )
  .refine((given) => (given.may === undefined) !== (given["may not"] === undefined), {
    error: "write either may or may not",
  });

const robot = z.strictObject({
  expires: z.string({ error: "write a day such as 2030-12-31, or never" }),
  hash: z.string().refine(isBcryptHash, { error: "write a bcrypt hash, as moorage auth hash makes it" }).optional(),
});

const workload = z.strictObject({
  issuer: z.url({ error: "write the URL of an issuer, as auth.oidc.issuers has it" }),
  subject: oneOrMore(text),
  claims: z.record(z.string(), oneOrMore(text)).prefault({}),
});

export const policySchema = z.strictObject({
  groups: z.record(z.string(), oneOrMore(text)).prefault({}),
  robots: z.record(z.string(), robot).prefault({}),
  workloads: z.record(z.string(), workload).prefault({}),
  rules: z.array(rule, { error: "write a list of rules" }).prefault([]),
});

export type PolicyContent = z.output<typeof policySchema>;
export type RuleContent = PolicyContent["rules"][number];
