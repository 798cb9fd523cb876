/** Traefik's files. Traefik itself is not to be had here: what is checked is that they are YAML, and fit together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { shipped } from "./support/files.ts";

const main = parse(shipped("deploy/traefik/traefik.yml"));
const { http } = parse(shipped("deploy/traefik/dynamic/registry.yml"));

test("what Traefik's files refer to is in them", () => {
  for (const router of Object.values<Router>(http.routers)) {
    for (const name of router.entryPoints) assert.ok(main.entryPoints[name], name);
    assert.ok(http.services[router.service], router.service);
    assert.ok(main.certificatesResolvers[router.tls.certResolver], router.tls.certResolver);
  }
  for (const { loadBalancer } of Object.values<Service>(http.services)) {
    assert.ok(http.serversTransports[loadBalancer.serversTransport], loadBalancer.serversTransport);
  }
  assert.ok(main.entryPoints[main.entryPoints.web.http.redirections.entryPoint.to]);
});

test("Traefik lets pushes take their time, and asks replicas whether they are ready", () => {
  const { respondingTimeouts } = main.entryPoints.websecure.transport;
  assert.equal(respondingTimeouts.readTimeout, 0);
  assert.equal(respondingTimeouts.writeTimeout, 0);
  for (const { loadBalancer } of Object.values<Service>(http.services)) {
    assert.equal(loadBalancer.healthCheck.path, "/readyz");
    assert.equal(loadBalancer.sticky, undefined);
  }
  assert.deepEqual(http.middlewares, undefined, "a buffering middleware would keep bodies");
});

interface Router {
  readonly entryPoints: readonly string[];
  readonly service: string;
  readonly tls: { readonly certResolver: string };
}

interface Service {
  readonly loadBalancer: {
    readonly serversTransport: string;
    readonly healthCheck: { readonly path: string };
    readonly sticky?: unknown;
  };
}
