/** Who is asked, and what they may: the section `auth`, in our own names. */
import type { Evaluation } from "./evaluate.ts";
import { AUTH_SECTIONS, type AuthSection } from "./settings/auth.ts";

export interface AuthConfig {
  /** Nobody is asked. */
  readonly isOpen: boolean;
  readonly silly: { readonly realm: string; readonly service: string } | undefined;
  readonly htpasswd: { readonly realm: string; readonly path: string } | undefined;
  /** A file. */
  readonly permissions: string | undefined;
  readonly anonymous: "none" | "pull";
}

/** Where the registry listens if nobody said otherwise: everywhere, unless nobody is asked who they are. */
export const EVERYWHERE = ":5000";
export const OWN_MACHINE = "127.0.0.1:5000";

type Named = Pick<Evaluation, "named">;

export const isNamed = (section: AuthSection, { named }: Named): boolean => named.has(`auth.${section}`);

export const namedSections = (evaluation: Named): AuthSection[] =>
  AUTH_SECTIONS.filter((section) => isNamed(section, evaluation));

/** Whether nobody is asked who they are. */
export const isOpen = (evaluation: Named): boolean => namedSections(evaluation).every((section) => section === "none");

export function toAuthConfig(evaluation: Evaluation): AuthConfig {
  const { values } = evaluation;
  const ifNamed = <Part>(section: AuthSection, part: Part): Part | undefined =>
    isNamed(section, evaluation) ? part : undefined;
  return {
    isOpen: isOpen(evaluation),
    silly: ifNamed("silly", { realm: values["auth.silly.realm"], service: values["auth.silly.service"] }),
    htpasswd: ifNamed("htpasswd", {
      realm: values["auth.htpasswd.realm"],
      path: values["auth.htpasswd.path"] ?? "",
    }),
    permissions: values["auth.permissions"],
    anonymous: values["auth.anonymous"],
  };
}
