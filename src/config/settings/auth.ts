import * as z from "zod";
import { CERTIFICATE_FIELDS } from "../../auth/certificate-name.ts";
import { ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS } from "../../auth/tokens/algorithms.ts";
import { adviseOnDuration, choice, duration, flag, issuerUrl, keySet, listOf, setting, text } from "../kinds.ts";

/** The ways to know who is there. What stands below one counts only if it is named. */
export const AUTH_SECTIONS = ["none", "silly", "htpasswd", "token", "tokenservice", "oidc", "certificate"] as const;

export type AuthSection = (typeof AUTH_SECTIONS)[number];

const realm = () => text().prefault("Moorage");

const issuer = () =>
  z.preprocess(
    (value) => (typeof value === "string" ? { issuer: value } : value),
    z
      .strictObject(
        { issuer: issuerUrl(), ca: text().optional(), tokenfile: text().optional() },
        { error: "write the URL of an issuer, or {issuer: https://…, ca: …, tokenfile: …}" },
      )
      .refine(({ ca, tokenfile }) => tokenfile === undefined || ca !== undefined, {
        error: "name the ca as well: the token is not for everybody",
      }),
  );

export const authSettings = {
  "auth.none": setting(
    z.unknown().optional(),
    "Everybody may do everything. To name it is the switch that allows that on addresses other than this machine's own.",
  ),
  "auth.silly.realm": setting(realm(), "For tests of clients: any credentials will do, and nothing is protected."),
  "auth.silly.service": setting(realm(), "What the challenge calls this registry."),
  "auth.htpasswd.path": setting(
    text().optional(),
    "A file with a name and a bcrypt hash on each line, as moorage auth hash or htpasswd -B makes them. Changes count at once.",
  ),
  "auth.htpasswd.realm": setting(realm(), "What clients may show to somebody who has to type a password."),
  "auth.token.realm": setting(text().optional(), "Where clients get tokens: the URL of a token server."),
  "auth.token.service": setting(text().optional(), "What tokens for this registry have as their audience."),
  "auth.token.issuer": setting(text().optional(), "Whose tokens are taken."),
  "auth.token.rootcertbundle": setting(
    text().optional(),
    "A file with certificates: their keys sign tokens, or vouch for those that do. Changes count at once.",
  ),
  "auth.token.jwks": setting(
    keySet().optional(),
    "A set of keys that sign tokens: a file, or an https URL that is looked at again every ten minutes and for unknown keys.",
  ),
  "auth.token.signingalgorithms": setting(
    listOf(choice(...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS)).prefault([...ASYMMETRIC_ALGORITHMS]),
    "How tokens may be signed. Those with a shared secret (HS256 …) are never taken.",
    { below: "list", advice: adviseOnAlgorithms },
  ),
  "auth.token.autoredirect": setting(
    flag().prefault(false),
    "Sends clients to a path at the address that they have used, instead of realm.",
  ),
  "auth.token.autoredirectpath": setting(text().prefault("/auth/token"), "That path."),
  "auth.tokenservice.realm": setting(
    text().optional(),
    "Where clients get tokens, if it is not auth/token at the address that they have used.",
  ),
  "auth.tokenservice.service": setting(text().prefault("moorage"), "What the tokens have as their audience."),
  "auth.tokenservice.issuer": setting(text().prefault("moorage"), "Whose tokens they are."),
  "auth.tokenservice.keyfiles": setting(
    listOf(text()).prefault([]),
    "PEM files with keys, Ed25519 or P-256: the first signs, all verify. Changes count at once. Without any, a key is derived from http.secret.",
    { below: "list" },
  ),
  "auth.tokenservice.keyid": setting(
    choice("thumbprint", "libtrust").prefault("thumbprint"),
    "How tokens name their key: as RFC 7638 has it, or as distribution 2 does.",
  ),
  "auth.tokenservice.accesstokenlifetime": setting(
    duration({ shortest: 60_000, longest: 24 * 3_600_000 }).prefault("5m"),
    "How long a token is good: from 60s, for clients count on that, to 24h.",
    { advice: adviseOnDuration },
  ),
  "auth.tokenservice.refreshtokenlifetime": setting(
    duration({ shortest: 60_000 }).prefault("720h"),
    "How long a login of docker lasts, unless the password changes.",
    { advice: adviseOnDuration },
  ),
  "auth.oidc.audience": setting(
    listOf(text(), { separatedBy: /[\s,]+/ }).prefault([]),
    "What the tokens of workloads must be for: a name of this registry that jobs ask for, such as its URL. Of several, one.",
    { below: "list" },
  ),
  "auth.oidc.issuers": setting(
    listOf(issuer(), { separatedBy: /[\s,]+/ }).prefault([]),
    "Whose tokens workloads log in with: URLs, or {issuer, ca, tokenfile} for one with its own authority, that wants to see a token before it shows its keys.",
    { below: "list" },
  ),
  "auth.certificate.name": setting(
    choice(...CERTIFICATE_FIELDS).prefault("commonname"),
    "Client certificates that http.tls.clientcas vouch for are who asks. The name: commonname, or the one alternative name that is a uri, email or dns.",
  ),
  "auth.permissions": setting(
    text().optional(),
    "A file with rules about who may do what in which repositories. Without one, whoever can log in may do everything.",
  ),
  "auth.anonymous": setting(
    choice("none", "pull").prefault("none"),
    "What those who do not log in may do: none, or pull. For more than that, there is auth.permissions.",
  ),
};

function adviseOnAlgorithms(value: unknown): string | undefined {
  const symmetric = (Array.isArray(value) ? value : [value]).filter((name) => /^HS/i.test(String(name)));
  return symmetric.length === 0
    ? undefined
    : `${symmetric.join(", ")} will not be taken: whoever can check such a signature can make one`;
}
