import * as z from "zod";
import { choice, flag, listOf, pattern, setting, text } from "../kinds.ts";

export const validationSettings = {
  "validation.disabled": setting(flag().prefault(false), "Turns off all checks of this section."),
  "validation.enabled": setting(flag().optional(), "The old switch; the checks are on unless validation.disabled.", {
    advice: (value) => (value === false ? "does nothing; write validation.disabled: true" : undefined),
  }),
  "validation.manifests.urls.allow": setting(
    listOf(pattern()).prefault([]),
    "Regular expressions: a URL in a manifest must match one of them.",
    { below: "list" },
  ),
  "validation.manifests.urls.deny": setting(
    listOf(pattern()).prefault([]),
    "Regular expressions: a URL in a manifest must match none of them.",
    { below: "list" },
  ),
  "validation.manifests.indexes.platforms": setting(
    choice("all", "none", "list").prefault("all"),
    "Which manifests of an index must exist when it is pushed: all, none, or those of a list of platforms.",
  ),
  "validation.manifests.indexes.platformlist": setting(
    listOf(
      z.object({ os: text(), architecture: text() }, { error: "write {os: linux, architecture: amd64}" }),
    ).prefault([]),
    "The platforms, for list: {os: linux, architecture: amd64}.",
    { below: "list" },
  ),
};
