/** RFC 9110 section 11.4: what a client says about itself. */
import type { Credentials } from "../auth/access-controller.ts";

/** What cannot be read counts as not sent. */
export function readCredentials(header: string | undefined): Credentials | undefined {
  return isAnonymous(header) ? undefined : (readBearer(header) ?? readBasic(header));
}

const NO_NAME_NO_PASSWORD = Buffer.from(":").toString("base64");

/** Without a login, podman, skopeo and CRI-O answer a challenge for Basic with an empty name and an empty password. */
export function isAnonymous(header: string | undefined): boolean {
  return header === undefined || schemeValue(header, "basic") === NO_NAME_NO_PASSWORD;
}

function readBearer(header: string | undefined): Credentials | undefined {
  const token = schemeValue(header, "bearer");
  return token ? { scheme: "bearer", token } : undefined;
}

/** The password may have colons in it, and the name may not: RFC 7617 section 2. */
export function readBasic(header: string | undefined): Extract<Credentials, { readonly scheme: "basic" }> | undefined {
  const value = schemeValue(header, "basic");
  if (value === undefined) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { scheme: "basic", username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function schemeValue(header: string | undefined, scheme: string): string | undefined {
  const space = header?.indexOf(" ") ?? -1;
  if (header === undefined || space < 0 || header.slice(0, space).toLowerCase() !== scheme) return undefined;
  return header.slice(space + 1).trim();
}
