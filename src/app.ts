/** What answers requests, put together: reads no environment, opens no port. */
import type { RequestListener } from "node:http";
import express from "express";
import type { AccessController } from "./auth/access-controller.ts";
import { type AuditSink, noAudit } from "./auth/audit.ts";
import type { CertificateField } from "./auth/certificate-name.ts";
import { createRateLimit, noRateLimit, type RateLimitOptions } from "./auth/rate-limit.ts";
import type { TokenService } from "./auth/token-service.ts";
import { createCertifiedNames } from "./http/certified-name.ts";
import { createDispatch, createRefusal } from "./http/dispatch.ts";
import type { Limits } from "./http/exchange.ts";
import { createFront } from "./http/front.ts";
import { createLocations, type LocationOptions } from "./http/locations.ts";
import { createPeers } from "./http/peers.ts";
import { createRedirectPolicy } from "./http/redirect-policy.ts";
import { createTokenEndpoint } from "./http/token-endpoint.ts";
import { createUploadStates } from "./http/upload-state.ts";
import { asAnswer, type Observer } from "./http/visit.ts";
import type { Registry } from "./registry/registry.ts";
import type { Log, Runtime } from "./runtime.ts";

export interface AppServices {
  readonly registry: Registry;
  readonly access: AccessController;
  /** Who did what. Absent: nobody wants to know. */
  readonly audit?: AuditSink | undefined;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Absent: tokens are to be had elsewhere, or not at all. */
  readonly tokens?: TokenService | undefined;
  /** Whether new work should be sent here. */
  readonly isReady: () => boolean;
  /** Sees each request first: access log, metrics. */
  readonly observers: readonly Observer[];
}

export interface AppOptions {
  readonly locations: LocationOptions;
  readonly limits: Limits;
  /** Sign the states of uploads. The first signs, all verify. */
  readonly secrets: readonly [string, ...string[]];
  readonly uploadMaxAgeMilliseconds: number;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
  /** Peers whose X-Forwarded-* headers count. */
  readonly trustedProxies: readonly string[];
  /** What of a client certificate is the name of who asks. Absent: they are for the handshake alone. */
  readonly certificateField?: CertificateField | undefined;
  /** Networks of clients that cannot reach the bucket. */
  readonly redirectExcept: readonly string[];
  /** `undefined`: as many requests as they like. */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** `http.headers`: added to every answer. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export function createApp(services: AppServices, options: AppOptions): RequestListener {
  const { registry, access, runtime, log, isReady } = services;
  const { prefix } = options.locations;
  const names = options.certificateField && createCertifiedNames(options.certificateField, runtime.now);
  const peers = createPeers(options.trustedProxies, names);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);

  app.get("/", (_, response) => void response.set("cache-control", "no-cache").status(200).end());
  app.get("/livez", (_, response) => void response.status(200).type("text/plain").send("ok\n"));
  app.get("/readyz", async (_, response) => {
    const isWorking =
      isReady() &&
      (await registry.check().then(
        () => true,
        () => false,
      ));
    response
      .status(isWorking ? 200 : 503)
      .type("text/plain")
      .send(isWorking ? "ok\n" : "not ready\n");
  });

  const states = createUploadStates({
    secrets: options.secrets,
    runtime,
    log,
    maxAgeMilliseconds: options.uploadMaxAgeMilliseconds,
  });
  const rateLimit = options.rateLimit ? createRateLimit(options.rateLimit, runtime) : noRateLimit;
  const dispatch = createDispatch({
    registry,
    access,
    audit: services.audit ?? noAudit,
    rateLimit,
    log,
    states,
    locations: createLocations(options.locations, peers),
    limits: options.limits,
    mayRedirect: createRedirectPolicy(options.redirectExcept),
    proxyReadsFiles: peers.readsFiles,
    deleteEnabled: options.deleteEnabled,
    readOnly: options.readOnly,
  });
  const api = express.Router({ caseSensitive: true, strict: true });
  if (services.tokens) api.use(createTokenEndpoint({ service: services.tokens, rateLimit, log }));
  api.get("/v2", (_, response) => response.redirect(301, `${prefix}v2/`));
  api.use((request, response) => dispatch(request, asAnswer(response), request.url));
  app.use(prefix, api);
  const refuse = createRefusal(log);
  app.use((_, response) => refuse(asAnswer(response)));
  return createFront(
    { dispatch, app, observers: services.observers, peers, runtime },
    { prefix, headers: options.headers },
  );
}
