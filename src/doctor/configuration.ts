/** What a configuration means here, beside what it means to CNCF distribution. */
import type { ExaminedConfiguration } from "../config/load.ts";
import { fingerprintOf } from "../welcome.ts";
import type { Findings, Severity } from "./finding.ts";

export function checkConfiguration(examined: ExaminedConfiguration, findings: Findings): void {
  const { mistakes, remarks } = examined.findings;
  for (const { name, value, place, message } of mistakes) {
    const what = `${name}${value === undefined ? "" : ` = ${value}`} stops the start`;
    findings.add({ severity: "broken", area: "configuration", what, fix: message }, place);
  }
  for (const { level, name, place, message } of remarks) {
    if (level !== "warn") continue;
    const [what, ...fix] = message.split("; ");
    const live = "nothing has to be done to start; change it or remove it to be rid of this line";
    findings.add(
      { severity: "differs", area: "configuration", what: `${name} ${what}`, fix: fix.join("; ") || live },
      place,
    );
  }
  for (const { applies, severity = "differs", what, fix } of DIFFERENCES) {
    if (applies(examined)) findings.add({ severity, area: "configuration", what, fix });
  }
  const [secret] = examined.config.http.secrets;
  if (secret !== undefined) {
    findings.add({
      severity: "note",
      area: "configuration",
      what: `http.secret has the fingerprint ${fingerprintOf(secret)}`,
      fix: "compare it with what every other replica logs at its start: uploads fail between replicas with different secrets",
    });
  }
}

interface Difference {
  readonly applies: (examined: ExaminedConfiguration) => boolean;
  readonly severity?: Severity;
  readonly what: string;
  readonly fix: string;
}

const isWritten = ({ evaluation }: ExaminedConfiguration, path: string) => evaluation.written.has(path);

/** Where the same file, or the same silence, has another effect. In the order of docs/compatibility.md. */
const DIFFERENCES: readonly Difference[] = [
  {
    applies: (examined) => !isWritten(examined, "http.relativeurls") && examined.config.http.host === undefined,
    what: "http.relativeurls is not set: Location headers are relative here, and absolute in distribution",
    fix: "nothing has to be done; for a client that cannot take them, set http.host",
  },
  {
    applies: ({ config: { http } }) =>
      http.trustedProxies.length === 0 && http.host === undefined && !http.relativeLocations && !http.tls,
    severity: "broken",
    what: "absolute Location headers without http.host and http.trustedproxies: behind a proxy that speaks TLS they begin with http://",
    fix: "remove http.relativeurls: false, or name the proxy's addresses in http.trustedproxies, or set http.host",
  },
  {
    applies: ({ config: { http } }) => http.trustedProxies.length === 0,
    what: "http.trustedproxies is not set: X-Forwarded-For, -Proto and -Host are believed from nobody here, and from everybody in distribution",
    fix: "behind a proxy, name its addresses in http.trustedproxies, or all clients seem to be the proxy in logs and for limits",
  },
  {
    applies: ({ config: { http } }) => http.host?.startsWith("http://") ?? false,
    severity: "note",
    what: "http.host begins with http://: clients are sent there without TLS",
    fix: "if a proxy in front speaks TLS, write https://",
  },
  {
    applies: (examined) => !isWritten(examined, "http.draintimeout"),
    what: "http.draintimeout is not set: a stop lets running requests end within 35 s here, and cuts them off in distribution",
    fix: "whoever stops the registry has to wait longer than that: docker stop --time 40, stop_grace_period, terminationGracePeriodSeconds",
  },
  {
    applies: ({ config: { http, storage } }) => http.secrets.length === 0 && storage.driver.name === "filesystem",
    severity: "note",
    what: "http.secret is not set: one is made, and kept in moorage/secret beside the data",
    fix: "nothing has to be done with one machine; otherwise set http.secret",
  },
  {
    applies: ({ config }) => config.redis !== undefined,
    what: "Redis: Moorage's keys are its own (moorage:presence:), live for a minute, and prove nothing; distribution's are not read",
    fix: "after the switch, FLUSHDB is rid of distribution's keys, which have no end",
  },
  {
    applies: ({ config: { auth } }) => auth.htpasswd !== undefined && auth.permissions === undefined,
    severity: "note",
    what: "auth.htpasswd without auth.permissions: everybody who can log in may do everything, as in distribution",
    fix: "write rules in auth.permissions if that is too much",
  },
  {
    applies: ({ config: { validation } }) => validation.enabled && validation.urls.allow.length === 0,
    what: "validation.manifests.urls is not set: layers with urls are accepted here, and refused in distribution",
    fix: 'to refuse them, set validation.manifests.urls.deny to ["."]',
  },
  {
    applies: ({ config }) => !config.storage.deletes,
    severity: "note",
    what: "storage.delete.enabled is false: clients may not delete, as in distribution",
    fix: "set it to true if they should",
  },
  {
    applies: ({ config: { storage } }) => storage.driver.name === "inmemory",
    severity: "note",
    what: "storage.inmemory: everything is gone with the process, and there is nothing to look at",
    fix: "name a store that lasts",
  },
];
