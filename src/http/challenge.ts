/** WWW-Authenticate: for Basic RFC 7617, for Bearer RFC 6750 and distribution's token specification. */
import type { Access, Challenge } from "../auth/access-controller.ts";
import { quoted } from "../auth/quoted.ts";

/** `origin` is where the client found this registry. */
export function formatChallenge(challenge: Challenge, origin: () => string): string {
  if (typeof challenge === "string") return challenge;
  const { realm, service, required, error } = challenge;
  const scope = formatScope(required);
  const parameters = [
    `realm=${quoted(typeof realm === "string" ? realm : origin() + realm.path)}`,
    `service=${quoted(service)}`,
    ...(scope === "" ? [] : [`scope=${quoted(scope)}`]),
    ...(error ? [`error=${quoted(error)}`] : []),
  ];
  return `Bearer ${parameters.join(",")}`;
}

/** `repository:a/b:pull,push`: the words that token servers know. */
function formatScope(required: readonly Access[]): string {
  return [...wireActions(required)].map(([resource, actions]) => `${resource}:${[...actions].join(",")}`).join(" ");
}

/**
 * What was asked for, as distribution has it in `detail`. It is more than politeness: docker takes a refusal without details for
 * trouble that may pass, and tries five times.
 */
export function refusalDetails(required: readonly Access[]): readonly { readonly detail: readonly object[] }[] {
  const detail = [...wireActions(required)].flatMap(([resource, actions]) => {
    const [Type, Name] = resource.split(":");
    return [...actions].map((Action) => ({ Type, Class: "", Name, Action }));
  });
  return detail.length === 0 ? [] : [{ detail }];
}

/** By resource. */
function wireActions(required: readonly Access[]): ReadonlyMap<string, ReadonlySet<string>> {
  const scopes = new Map<string, Set<string>>();
  for (const access of required) {
    const resource = access.type === "catalog" ? "registry:catalog" : `repository:${access.name}`;
    const actions = scopes.get(resource) ?? new Set();
    scopes.set(resource, actions.add(access.type === "catalog" ? "*" : wireActionOf(access.action)));
  }
  return scopes;
}

function wireActionOf(action: Extract<Access, { readonly type: "repository" }>["action"]): string {
  switch (action) {
    case "list":
      return "pull";
    case "tag-overwrite":
      return "push";
    default:
      return action;
  }
}
