/** Who is asked, and what they may: the section `auth`, in our own names. */

import type { CertificateField } from "../auth/certificate-name.ts";
import { ASYMMETRIC_ALGORITHMS, type SigningAlgorithm } from "../auth/tokens/algorithms.ts";
import type { KeyIdForm } from "../auth/tokens/signing-key.ts";
import type { Evaluation } from "./evaluate.ts";
import type { KeySetLocation } from "./kinds.ts";
import { AUTH_SECTIONS, type AuthSection } from "./settings/auth.ts";

export interface TokenConfig {
  /** A path is at the address that the client has used. */
  readonly realm: string | { readonly path: string };
  readonly service: string;
  readonly issuer: string;
  readonly rootCertBundle: string | undefined;
  readonly jwks: KeySetLocation | undefined;
  readonly algorithms: readonly SigningAlgorithm[];
}

export interface TokenServiceConfig {
  /** Absent: at the address that the client has used. */
  readonly realm: string | undefined;
  readonly service: string;
  readonly issuer: string;
  /** Empty: there is a secret. */
  readonly keyFiles: readonly string[];
  readonly keyIdForm: KeyIdForm;
  readonly accessLifetimeMilliseconds: number;
  readonly refreshLifetimeMilliseconds: number;
}

/** Who issues tokens to workloads. */
export interface OidcIssuer {
  /** Its URL, as its tokens have it. */
  readonly issuer: string;
  /** A file with the certificates of its authority. Absent: those that Node knows. */
  readonly ca: string | undefined;
  /** A file with a token that it wants to see before it shows its keys. */
  readonly tokenFile: string | undefined;
}

export interface AuthConfig {
  /** Nobody is asked. */
  readonly isOpen: boolean;
  readonly silly: { readonly realm: string; readonly service: string } | undefined;
  readonly htpasswd: { readonly realm: string; readonly path: string } | undefined;
  readonly token: TokenConfig | undefined;
  readonly tokenService: TokenServiceConfig | undefined;
  /** What of a client certificate is the name. */
  readonly certificate: { readonly field: CertificateField } | undefined;
  readonly oidc: { readonly audiences: readonly string[]; readonly issuers: readonly OidcIssuer[] } | undefined;
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
    token: ifNamed("token", toTokenConfig(evaluation)),
    tokenService: ifNamed("tokenservice", toTokenServiceConfig(evaluation)),
    certificate: ifNamed("certificate", { field: values["auth.certificate.name"] }),
    oidc: ifNamed("oidc", {
      audiences: values["auth.oidc.audience"],
      issuers: values["auth.oidc.issuers"].map(({ issuer, ca, tokenfile }) => ({ issuer, ca, tokenFile: tokenfile })),
    }),
    permissions: values["auth.permissions"],
    anonymous: values["auth.anonymous"],
  };
}

export function toTokenConfig({ values }: Evaluation): TokenConfig {
  const path = values["auth.token.autoredirectpath"];
  return {
    realm: values["auth.token.autoredirect"] ? { path } : (values["auth.token.realm"] ?? ""),
    service: values["auth.token.service"] ?? "",
    issuer: values["auth.token.issuer"] ?? "",
    rootCertBundle: values["auth.token.rootcertbundle"],
    jwks: values["auth.token.jwks"],
    algorithms: ASYMMETRIC_ALGORITHMS.filter((name) => values["auth.token.signingalgorithms"].includes(name)),
  };
}

function toTokenServiceConfig({ values }: Evaluation): TokenServiceConfig {
  return {
    realm: values["auth.tokenservice.realm"],
    service: values["auth.tokenservice.service"],
    issuer: values["auth.tokenservice.issuer"],
    keyFiles: values["auth.tokenservice.keyfiles"],
    keyIdForm: values["auth.tokenservice.keyid"],
    accessLifetimeMilliseconds: values["auth.tokenservice.accesstokenlifetime"],
    refreshLifetimeMilliseconds: values["auth.tokenservice.refreshtokenlifetime"],
  };
}
