import { availableParallelism } from "node:os";
import * as z from "zod";
import { LONGEST_TIMER } from "../duration.ts";
import {
  adviseOnDuration,
  choice,
  count,
  duration,
  flag,
  listOf,
  network,
  origin,
  pathPrefix,
  setting,
  tcpAddress,
  text,
  workers,
} from "../kinds.ts";

const SHORT_SECRET = 16;

const timer = (byDefault: string, about: string) =>
  setting(duration({ longest: LONGEST_TIMER }).prefault(byDefault), about, { advice: adviseOnDuration });

export const httpSettings = {
  "http.addr": setting(
    text("write an address such as :5000, or the path of a socket").prefault("127.0.0.1:5000"),
    "Where the API listens: host:port, or a path when http.net is unix. Where somebody can log in, the default is :5000.",
  ),
  "http.net": setting(choice("tcp", "unix").prefault("tcp"), "The kind of http.addr: tcp or unix."),
  "http.host": setting(
    origin().optional(),
    "The registry's own URL as clients see it; makes Location headers absolute.",
    { advice: adviseOnHost },
  ),
  "http.prefix": setting(pathPrefix().prefault("/"), "The path in front of /v2/."),
  "http.secret": setting(
    listOf(text()).prefault([]),
    "Signs the state of uploads; the same on all replicas. Of a list, the first signs and all verify.",
    { secret: true, below: "list", advice: adviseOnSecret },
  ),
  "http.relativeurls": setting(
    flag().prefault(true),
    "Relative Location headers, which are right behind any proxy. false: absolute ones.",
  ),
  "http.headers": setting(z.record(z.string(), listOf(text())).prefault({}), "Headers that every API answer gets.", {
    below: { joinedBy: "-" },
  }),
  "http.trustedproxies": setting(
    listOf(network(), { separatedBy: /[\s,]+/ }).prefault([]),
    "Whose X-Forwarded-* headers are believed: addresses, CIDR blocks, loopback, linklocal, uniquelocal.",
    { below: "list" },
  ),
  "http.ratelimit.requestspersecond": setting(
    count({ from: 0 }).prefault(0),
    "How many requests a second each caller may make; those who have not logged in count by address, IPv6 by /64. 0: any number. Each process counts for itself.",
  ),
  "http.ratelimit.burst": setting(
    count({ from: 1 }).optional(),
    "How many of them may come at once. Without it: ten seconds' worth.",
  ),
  "http.draindelay": timer("5s", "After SIGTERM: how long requests are still taken while readiness says no."),
  "http.draintimeout": timer("30s", "How long running requests may take to end after that. 0: they are cut off."),
  "http.stalltimeout": timer("60s", "Ends a transfer whose client moves no byte for that long. 0: never."),
  "http.keepalivetimeout": timer("620s", "How long an idle connection stays open; longer than any proxy in front."),
  "http.workers": setting(
    workers().prefault(1),
    "How many processes answer requests behind the one port; auto: one for each core.",
    { advice: adviseOnWorkers },
  ),
  "http.debug.addr": setting(
    tcpAddress().optional(),
    "Where /debug/health and the metrics are served. Not for the public.",
  ),
  "http.debug.prometheus.enabled": setting(flag().prefault(false), "Serves metrics on http.debug.addr."),
  "http.debug.prometheus.path": setting(
    text()
      .prefault("/metrics")
      .transform((path) => (path.startsWith("/") ? path : `/${path}`)),
    "The path of the metrics.",
  ),
  "http.http2.disabled": setting(flag().optional(), "Accepted; this version speaks HTTP/1.1.", {
    advice: (value) => (value === false ? "HTTP/2 is not in this version; clients get HTTP/1.1" : undefined),
  }),
  "http.h2c.enabled": setting(flag().optional(), "Accepted; this version speaks HTTP/1.1.", {
    advice: (value) => (value === true ? "h2c is not in this version; clients get HTTP/1.1" : undefined),
  }),
};

function adviseOnHost(value: unknown): string | undefined {
  const { pathname, search } = new URL(String(value));
  return pathname === "/" && search === "" ? undefined : "its path is not used; that is what http.prefix is for";
}

function adviseOnSecret(value: unknown): string | undefined {
  const secrets = Array.isArray(value) ? value : [value];
  return secrets.some((secret) => String(secret).length < SHORT_SECRET)
    ? `is shorter than ${SHORT_SECRET} characters, so it can be guessed; openssl rand -hex 32 makes a good one`
    : undefined;
}

function adviseOnWorkers(value: unknown): string | undefined {
  return Number(value) > 2 * availableParallelism() ? "is more than twice the cores of this machine" : undefined;
}
