/** How the parts of `auth` fit together, and with where the registry can be reached. */
import { BlockList, isIP } from "node:net";
import { ASYMMETRIC_ALGORITHMS } from "../auth/tokens/algorithms.ts";
import { parseTcpAddress } from "./address.ts";
import { isOpen, namedSections, OWN_MACHINE, toTokenConfig } from "./auth.ts";
import { BUILT_IN } from "./driver-choice.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Source } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";
import type { AuthSection } from "./settings/auth.ts";
import type { SettingPath } from "./settings/index.ts";
import { requiresVerifiedClients, verifiesClients } from "./tls.ts";

export function checkAuth(evaluation: Evaluation, findings: Findings): void {
  checkSections(evaluation, findings);
  if (isOpen(evaluation)) checkReach(evaluation, findings);
}

function sourceOf(path: string, { written, named }: Evaluation): Source {
  return (written.get(path) ?? named.get(path))?.source ?? { name: path, place: "not set" };
}

/** Tokens of ours are for those who have a password with us, or come with the token of a platform that we know. Certificates need none. */
const TOGETHER: readonly AuthSection[] = ["htpasswd", "tokenservice", "oidc", "certificate"];

function checkSections(evaluation: Evaluation, { mistakes, remarks }: Findings): void {
  const sections = namedSections(evaluation);
  if (sections.length > 1 && !sections.every((section) => TOGETHER.includes(section))) {
    const [first = "none", ...others] = sections.map((section) => `auth.${section}`);
    const message = `goes not together with ${others.join(" and ")}: keep one, or set REGISTRY_AUTH to its name`;
    mistakes.push({ ...sourceOf(first, evaluation), message });
  }
  if (sections.includes("htpasswd")) checkHtpasswd(evaluation, mistakes);
  if (sections.includes("token")) checkToken(evaluation, mistakes);
  if (sections.includes("tokenservice")) checkTokenService(evaluation, sections, mistakes);
  if (sections.includes("oidc")) checkOidc(evaluation, sections, mistakes);
  if (sections.includes("certificate") && !verifiesClients(evaluation.values)) {
    const message =
      "needs http.tls.clientcas, and http.tls.clientauth to verify (or nothing there): otherwise anybody could have any name";
    mistakes.push({ ...sourceOf("auth.certificate", evaluation), message });
  }
  checkPermissions(evaluation, sections, mistakes);
  if (evaluation.values["auth.anonymous"] === "pull" && !sections.includes("tokenservice")) {
    const message =
      "lets everybody pull, but docker asks for a login all the same, unless it can get a token: add auth.tokenservice";
    remarks.push({ ...sourceOf("auth.anonymous", evaluation), level: "warn", message });
  }
}

type Mistakes = Findings["mistakes"];

function need(path: SettingPath, message: string, evaluation: Evaluation, mistakes: Mistakes): void {
  if (evaluation.values[path] === undefined) mistakes.push({ ...sourceOf(path, evaluation), message });
}

function checkHtpasswd(evaluation: Evaluation, mistakes: Mistakes): void {
  need("auth.htpasswd.path", "name the file with the passwords", evaluation, mistakes);
}

function checkToken(evaluation: Evaluation, mistakes: Mistakes): void {
  const { values } = evaluation;
  if (!values["auth.token.autoredirect"]) {
    need("auth.token.realm", "write the URL where clients get tokens", evaluation, mistakes);
  }
  need("auth.token.service", "write what tokens for this registry have as their audience", evaluation, mistakes);
  need("auth.token.issuer", "write whose tokens are taken", evaluation, mistakes);
  if (values["auth.token.jwks"] === undefined) {
    const message = "name the certificates of who signs tokens, or the keys in auth.token.jwks";
    need("auth.token.rootcertbundle", message, evaluation, mistakes);
  }
  if (toTokenConfig(evaluation).algorithms.length === 0) {
    const message = `name one that works with a pair of keys: ${ASYMMETRIC_ALGORITHMS.join(", ")}`;
    mistakes.push({ ...sourceOf("auth.token.signingalgorithms", evaluation), message });
  }
}

/** Whoever knows the key can be anybody, and whoever has a token can try secrets against it at home. */
const SHORTEST_SECRET = 32;

function checkTokenService(evaluation: Evaluation, sections: readonly AuthSection[], mistakes: Mistakes): void {
  const { values } = evaluation;
  if (!sections.includes("htpasswd") && values["auth.permissions"] === undefined) {
    const message = "needs somebody to give tokens to: set auth.htpasswd, or auth.permissions with robots";
    mistakes.push({ ...sourceOf("auth.tokenservice", evaluation), message });
  }
  if (values["auth.tokenservice.keyfiles"].length > 0) return;
  if (values["http.secret"].some((secret) => secret.length < SHORTEST_SECRET)) {
    const message = `is too short to derive the key of auth.tokenservice from: write ${SHORTEST_SECRET} characters (openssl rand -hex 32), or set auth.tokenservice.keyfiles`;
    mistakes.push({ ...sourceOf("http.secret", evaluation), value: "***", message });
  }
}

function checkOidc(evaluation: Evaluation, sections: readonly AuthSection[], mistakes: Mistakes): void {
  const { values } = evaluation;
  const complain = (path: string, message: string) => mistakes.push({ ...sourceOf(path, evaluation), message });
  if (!sections.includes("tokenservice") && !sections.includes("htpasswd")) {
    complain("auth.oidc", "goes with auth.tokenservice, or with auth.htpasswd: add one of them");
  }
  if (values["auth.oidc.audience"].length === 0) {
    complain("auth.oidc.audience", "write what the tokens are for, such as https://registry.example.com");
  }
  if (values["auth.oidc.issuers"].length === 0) complain("auth.oidc.issuers", "write whose tokens are taken");
  need("auth.permissions", "name the file that says which workloads there are", evaluation, mistakes);
}

const PEOPLE: readonly AuthSection[] = ["htpasswd", "token", "tokenservice", "certificate"];

/** Where somebody can be known by name, something can be said about them. */
function checkPermissions(evaluation: Evaluation, sections: readonly AuthSection[], mistakes: Mistakes): void {
  const { values, written } = evaluation;
  const isSaid = (path: "auth.anonymous" | "auth.permissions") => written.has(path) && values[path] !== "none";
  const complain = (path: "auth.anonymous" | "auth.permissions", message: string) =>
    mistakes.push({ ...sourceOf(path, evaluation), value: showValue(values[path]), message });

  if (isSaid("auth.permissions") && !sections.some((section) => PEOPLE.includes(section))) {
    complain("auth.permissions", "is for registries where somebody can log in: set auth.htpasswd");
  }
  if (isSaid("auth.anonymous") && !sections.includes("htpasswd") && !sections.includes("certificate")) {
    complain("auth.anonymous", "is for registries where somebody can log in: set auth.htpasswd");
  }
  if (isSaid("auth.anonymous") && values["auth.permissions"] !== undefined) {
    complain("auth.anonymous", "says less than auth.permissions: write a rule for anyone there, and remove this");
  }
}

/**
 * Open to whoever can reach it is for this machine alone, unless that was asked for. A file that was written for distribution, and
 * says where to listen, goes on working: the registry that it replaces was as open.
 */
function checkReach(evaluation: Evaluation, { mistakes, remarks }: Findings): void {
  const { values, named, written, root } = evaluation;
  const address = values["http.addr"];
  if (values["http.net"] === "unix" || isOwnMachine(address) || requiresVerifiedClients(values)) return;
  const source = written.get("http.addr")?.source ?? { name: "http.addr", place: "not set" };
  const who = "everybody who can reach this address may pull, push and delete";
  if (named.has("auth.none")) {
    remarks.push({ ...source, level: "warn", message: `${who}, as auth.none wants it` });
  } else if (root.place !== BUILT_IN) {
    const remedy = "Set auth.htpasswd or another way to log in; or auth: none, if that is what you want";
    remarks.push({ ...source, level: "warn", message: `${who}: there is no auth. ${remedy}` });
  } else {
    const message = `${who}, so it must be one of this machine's own, such as ${OWN_MACHINE}. Set up auth (docs/authentication.md), or set REGISTRY_AUTH=none to allow it`;
    mistakes.push({ ...source, value: showValue(address), message });
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isOwnMachine(text: string): boolean {
  try {
    const { host } = parseTcpAddress(text);
    if (host === "localhost") return true;
    const version = host === undefined ? 0 : isIP(host);
    return host !== undefined && version !== 0 && LOOPBACK.check(host, version === 4 ? "ipv4" : "ipv6");
  } catch (error) {
    // Said elsewhere.
    if (error instanceof RangeError) return true;
    throw error;
  }
}
