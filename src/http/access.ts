/** From headers to a decision, and back to headers. */
import type { Request, Response } from "express";
import type { Access, AccessController, Credentials, Identity } from "../auth/access-controller.ts";
import { RegistryError } from "../oci/errors.ts";

/** Rejects `unauthorized` (and has then set WWW-Authenticate), `denied`. */
export async function requireAccess(
  controller: AccessController,
  required: readonly Access[],
  request: Request,
  response: Response,
): Promise<Identity> {
  const decision = await controller.authorize(parseCredentials(request.headers.authorization), required);
  switch (decision.kind) {
    case "granted":
      return decision.identity;
    case "unauthenticated":
      response.setHeader("www-authenticate", decision.challenge);
      throw new RegistryError("unauthorized", "authentication required");
    case "denied":
      throw new RegistryError("denied", "requested access to the resource is denied");
  }
}

/** As `requireAccess`, where a refusal is an answer like another. */
export async function mayAccess(controller: AccessController, access: Access, request: Request): Promise<boolean> {
  const decision = await controller.authorize(parseCredentials(request.headers.authorization), [access]);
  return decision.kind === "granted";
}

/** What cannot be read counts as not sent. */
function parseCredentials(header: string | undefined): Credentials | undefined {
  const space = header?.indexOf(" ") ?? -1;
  if (header === undefined || space < 0) return undefined;
  const value = header.slice(space + 1).trim();
  switch (header.slice(0, space).toLowerCase()) {
    case "bearer":
      return { scheme: "bearer", token: value };
    case "basic": {
      const [username, ...password] = Buffer.from(value, "base64").toString("utf8").split(":");
      return username === undefined ? undefined : { scheme: "basic", username, password: password.join(":") };
    }
    default:
      return undefined;
  }
}
