/** What distribution can be told, and this version does not do. */

export interface Missing {
  /** `stop`: without it the registry would do what the user forbade, or not what was asked for. `warn`: it lacks something. */
  readonly effect: "stop" | "warn";
  readonly sentence: string;
}

const stop = (sentence: string): Missing => ({ effect: "stop", sentence: `${sentence}; remove it to start` });
const warn = (sentence: string): Missing => ({ effect: "warn", sentence });

export const missingSections: Readonly<Record<string, Missing>> = {
  "http.tls.letsencrypt": stop(
    "certificates are not ordered by the registry; let certbot, Caddy or cert-manager do that and write them to http.tls.certificate, where renewed ones count at once, or let a proxy in front speak TLS",
  ),
  proxy: stop("pull-through caching is not in this version"),
  "middleware.registry": stop("registry middleware is not in this version"),
  "middleware.repository": stop("repository middleware is not in this version"),
  "policy.repository": stop("repository classes are not in this version"),
  notifications: warn("notifications are not in this version: none will be sent"),
  health: warn("health checks are not configurable in this version"),
  "log.hooks": warn("log hooks are not in this version: no mail will be sent"),
  reporting: warn("error reporting services are not in this version"),
  compatibility: warn("schema 1 manifests are not supported"),
};
