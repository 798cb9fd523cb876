import { z } from "zod";
import { choice, setting, text } from "../kinds.ts";

/** The ways to know who is there. What stands below one counts only if it is named. */
export const AUTH_SECTIONS = ["none", "silly", "htpasswd"] as const;

export type AuthSection = (typeof AUTH_SECTIONS)[number];

const realm = () => text().prefault("Moorage");

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
  "auth.permissions": setting(
    text().optional(),
    "A file with rules about who may do what in which repositories. Without one, whoever can log in may do everything.",
  ),
  "auth.anonymous": setting(
    choice("none", "pull").prefault("none"),
    "What those who do not log in may do: none, or pull. For more than that, there is auth.permissions.",
  ),
};
