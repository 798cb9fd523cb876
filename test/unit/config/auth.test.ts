/** Who is asked for a password, and who is let in without: what must not happen by mistake. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, MINIMUM, mistakesOf, warningsOf } from "./loading.ts";

const HTPASSWD = "{htpasswd: {path: /x}}";
const addressOf = async (written: Parameters<typeof load>[0]) => (await load(written)).config.http.address;

test("nobody is asked: the registry is for its own machine", async () => {
  const own = { kind: "tcp", host: "127.0.0.1", port: 5000 };
  assert.deepEqual(await addressOf({}), own);
  assert.deepEqual(await addressOf({ yaml: MINIMUM }), own);
  for (const host of ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"]) {
    const { config, remarks } = await load({ environment: { REGISTRY_HTTP_ADDR: `${host}:5000` } });
    assert.equal(config.auth.isOpen, true);
    assert.deepEqual(remarks, []);
  }
});

test("without a file, an address that others can reach is a mistake", async () => {
  for (const address of [":5000", "0.0.0.0:5000", "[::]:5000", "10.0.0.1:5000", "registry.example.com:5000"]) {
    const [mistake = "", ...others] = await mistakesOf({ environment: { REGISTRY_HTTP_ADDR: address } });
    assert.deepEqual(others, []);
    assert.match(mistake, /^REGISTRY_HTTP_ADDR = .*everybody who can reach .* set REGISTRY_AUTH=none to allow it$/);
  }
});

test("the switch", async () => {
  const everywhere = { kind: "tcp", host: undefined, port: 5000 };
  for (const environment of [{ REGISTRY_AUTH: "none" }, { REGISTRY_AUTH_NONE: "{}" }, { REGISTRY_AUTH_NONE: "" }]) {
    assert.deepEqual(await addressOf({ environment }), everywhere);
    assert.match((await warningsOf({ environment })).join(), /everybody .* as auth.none wants it$/);
  }
  for (const none of ["none", "{none: {}}", "{none: }"]) {
    const yaml = `${MINIMUM}auth: ${none}\n`;
    assert.deepEqual(await addressOf({ yaml }), everywhere);
    assert.match((await warningsOf({ yaml })).join(), /as auth.none wants it$/);
  }
});

test("a file of distribution's that says where to listen goes on working, and is told", async () => {
  const yaml = `${MINIMUM}http: {addr: ':5000'}\n`;
  assert.deepEqual(await addressOf({ yaml }), { kind: "tcp", host: undefined, port: 5000 });
  assert.match((await warningsOf({ yaml })).join(), /^http.addr everybody .* there is no auth\./);
});

test("who can log in may come from everywhere", async () => {
  assert.deepEqual(await addressOf({ yaml: `${MINIMUM}auth: ${HTPASSWD}\n` }), {
    kind: "tcp",
    host: undefined,
    port: 5000,
  });
  const environment = { REGISTRY_AUTH_HTPASSWD_PATH: "/x", REGISTRY_HTTP_ADDR: ":5000" };
  const { config, remarks } = await load({ environment });
  assert.deepEqual(remarks, []);
  assert.deepEqual(config.auth.htpasswd, { realm: "Moorage", path: "/x" });
  assert.equal(config.auth.isOpen, false);
});

test("a section is asked for by its name alone, and says what it lacks", async () => {
  for (const auth of ["htpasswd", "{htpasswd: }", "{htpasswd: {realm: x}}"]) {
    const [mistake = "", ...others] = await mistakesOf({ yaml: `${MINIMUM}auth: ${auth}\n` });
    assert.match(mistake, /^auth.htpasswd.path \(.*\): name the file with the passwords$/);
    assert.deepEqual(others, []);
  }
  for (const environment of [{ REGISTRY_AUTH: "htpasswd" }, { REGISTRY_AUTH_HTPASSWD_REALM: "x" }]) {
    assert.equal((await mistakesOf({ environment })).length, 1);
  }
});

test("one kind at a time", async () => {
  const [mistake = ""] = await mistakesOf({ yaml: `${MINIMUM}auth: {none: {}, htpasswd: {path: /x}}\n` });
  assert.match(mistake, /^auth.none \(config.yml:4\): goes not together with auth.htpasswd/);
});

test("REGISTRY_AUTH drops what the file says", async () => {
  const environment = { REGISTRY_AUTH: "htpasswd", REGISTRY_AUTH_HTPASSWD_PATH: "/y" };
  const { config } = await load({ yaml: `${MINIMUM}auth: {silly: {realm: x}}\n`, environment });
  assert.equal(config.auth.silly, undefined);
  assert.equal(config.auth.htpasswd?.path, "/y");
});

test("a slip does not open the registry", async () => {
  for (const yaml of [
    "auht: {htpasswd: {path: /x}}",
    "auth: {htpaswd: {path: /x}}",
    "auth: {htpasswd: {path: /x, relm: y}}",
  ]) {
    assert.match(
      (await mistakesOf({ yaml: `${MINIMUM}${yaml}\n` })).join(),
      /is not a setting; did you mean (auth|htpasswd|realm)\?/,
    );
  }
  assert.match(
    (await mistakesOf({ environment: { REGISTRY_AUTH_HTPASWD_PATH: "/x" } })).join(),
    /REGISTRY_AUTH_HTPASSWD_PATH\?$/,
  );
});

test("what Kubernetes sets for a service called registry-auth is none", async () => {
  const environment = {
    REGISTRY_AUTH_SERVICE_HOST: "10.0.0.1",
    REGISTRY_AUTH_SERVICE_PORT: "80",
    REGISTRY_AUTH_PORT: "tcp://10.0.0.1:80",
    REGISTRY_AUTH_PORT_80_TCP_ADDR: "10.0.0.1",
  };
  assert.deepEqual(await warningsOf({ environment }), []);
});

test("what is printed means the same", async () => {
  for (const auth of ["none", "{silly: {realm: x}}", `{htpasswd: {path: /x}, anonymous: pull}`, "{}"]) {
    const { config, text } = await load({ yaml: `${MINIMUM}auth: ${auth}\n` });
    assert.deepEqual((await load({ yaml: text() })).config, config);
  }
});

test("anonymous users where nobody can log in", async () => {
  assert.match((await mistakesOf({ yaml: `${MINIMUM}auth: {anonymous: pull}\n` })).join(), /set auth.htpasswd$/);
});

const token = (more: string) => `${MINIMUM}auth: {token: {realm: "https://t/", service: s, issuer: i, ${more}}}\n`;

test("token: distribution's section", async () => {
  const { config, remarks } = await load({
    yaml: token("rootcertbundle: /b.pem, signingalgorithms: [ES256, EdDSA, RS256]"),
  });
  assert.deepEqual(remarks, []);
  assert.deepEqual(config.auth.token, {
    realm: "https://t/",
    service: "s",
    issuer: "i",
    rootCertBundle: "/b.pem",
    jwks: undefined,
    algorithms: ["EdDSA", "RS256", "ES256"],
  });
  const environment = {
    REGISTRY_AUTH: "token",
    REGISTRY_AUTH_TOKEN_SERVICE: "s",
    REGISTRY_AUTH_TOKEN_ISSUER: "i",
    REGISTRY_AUTH_TOKEN_JWKS: "https://t/jwks",
    REGISTRY_AUTH_TOKEN_AUTOREDIRECT: "true",
  };
  const { auth } = (await load({ environment })).config;
  assert.deepEqual(auth.token?.realm, { path: "/auth/token" });
  assert.deepEqual(auth.token?.jwks, { kind: "url", url: "https://t/jwks" });
});

test("token: what is missing", async () => {
  const mistakes = await mistakesOf({ yaml: `${MINIMUM}auth: token\n` });
  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(" ")[0]),
    ["auth.token.realm", "auth.token.service", "auth.token.issuer", "auth.token.rootcertbundle"],
  );
});

test("token: shared secrets sign nothing", async () => {
  const mixed = token("jwks: /k, signingalgorithms: [HS256, ES256]");
  assert.match((await warningsOf({ yaml: mixed })).join(), /HS256 will not be taken: whoever can check/);
  assert.deepEqual((await load({ yaml: mixed })).config.auth.token?.algorithms, ["ES256"]);
  assert.match((await mistakesOf({ yaml: token("jwks: /k, signingalgorithms: [HS256]") })).join(), /pair of keys/);
  assert.match((await mistakesOf({ yaml: token("jwks: /k, signingalgorithms: [none]") })).join(), /write EdDSA/);
});

test("token: keys are not fetched where somebody could exchange them", async () => {
  for (const url of ["http://t/jwks", "ftp://t/jwks", "https://", "http://127.0.0.1.evil.com/x"]) {
    assert.match((await mistakesOf({ yaml: token(`jwks: "${url}"`) })).join(), /write an https URL/, url);
  }
  for (const url of ["https://t/jwks", "http://127.0.0.1:8080/jwks", "http://localhost/jwks"]) {
    assert.deepEqual(await mistakesOf({ yaml: token(`jwks: "${url}"`) }), []);
  }
});

const SECRET = "0123456789abcdef0123456789abcdef";

test("tokenservice: for those who have a password, with a key from the secret or from files", async () => {
  const yaml = `${MINIMUM}http: {secret: ${SECRET}}\nauth: {htpasswd: {path: /x}, tokenservice: {}}\n`;
  const { config, remarks } = await load({ yaml });
  assert.deepEqual(remarks, []);
  assert.deepEqual(config.auth.tokenService, {
    realm: undefined,
    service: "moorage",
    issuer: "moorage",
    keyFiles: [],
    keyIdForm: "thumbprint",
    accessLifetimeMilliseconds: 300_000,
    refreshLifetimeMilliseconds: 30 * 24 * 3_600_000,
  });
  const environment = { REGISTRY_AUTH_TOKENSERVICE_KEYFILES_0: "/a", REGISTRY_AUTH_TOKENSERVICE_KEYFILES_1: "/b" };
  assert.deepEqual((await load({ yaml, environment })).config.auth.tokenService?.keyFiles, ["/a", "/b"]);
});

test("tokenservice: a secret that could be guessed makes no key", async () => {
  const short = (more: string) =>
    `${MINIMUM}http: {secret: asecretforlocaldevelopment}\nauth: {htpasswd: {path: /x}, tokenservice: ${more}}\n`;
  const [mistake = ""] = await mistakesOf({ yaml: short("{}") });
  assert.match(mistake, /^http.secret = \*\*\* .*too short to derive the key/);
  assert.deepEqual(await mistakesOf({ yaml: short("{keyfiles: [/k.pem]}") }), []);
});

test("tokenservice: somebody has to be there, and tokens have to last", async () => {
  assert.match(
    (await mistakesOf({ yaml: `${MINIMUM}auth: tokenservice\n` })).join(),
    /needs somebody to give tokens to/,
  );
  assert.deepEqual(await mistakesOf({ yaml: `${MINIMUM}auth: {tokenservice: {}, permissions: /p}\n` }), []);
  assert.match(
    (
      await mistakesOf({ yaml: `${MINIMUM}auth: {htpasswd: {path: /x}, tokenservice: {accesstokenlifetime: 59s}}\n` })
    ).join(),
    /at least 60s/,
  );
});

test("docker cannot pull without a login unless there are tokens, and that is told", async () => {
  const anonymous = (more: string) => `${MINIMUM}auth: {htpasswd: {path: /x}, anonymous: pull${more}}\n`;
  assert.match((await warningsOf({ yaml: anonymous("") })).join(), /add auth.tokenservice$/);
  assert.deepEqual(await warningsOf({ yaml: anonymous(", tokenservice: {}") }), []);
});

const OIDC = "audience: https://r.example.com, issuers: 'https://a.example.com, https://b.example.com/x'";

test("oidc: issuers by URL, or with what it takes to reach them", async () => {
  const withOidc = (oidc: string, more = "htpasswd: {path: /x}, permissions: /p") =>
    `${MINIMUM}auth: {${more}, oidc: {${oidc}}}\n`;
  const { config, remarks } = await load({ yaml: withOidc(OIDC) });
  assert.deepEqual(remarks, []);
  const nothing = { ca: undefined, tokenFile: undefined };
  assert.deepEqual(config.auth.oidc, {
    audiences: ["https://r.example.com"],
    issuers: [
      { issuer: "https://a.example.com", ...nothing },
      { issuer: "https://b.example.com/x", ...nothing },
    ],
  });
  const environment = {
    REGISTRY_AUTH_OIDC_ISSUERS: "[{issuer: https://k.example.com, ca: /ca, tokenfile: /t}]",
    REGISTRY_AUTH_OIDC_AUDIENCE: "r",
  };
  const own = await load({ yaml: `${MINIMUM}auth: {tokenservice: {}, permissions: /p}\n`, environment });
  assert.deepEqual(own.config.auth.oidc?.issuers, [{ issuer: "https://k.example.com", ca: "/ca", tokenFile: "/t" }]);

  const mistakes: readonly (readonly [yaml: string, mistake: RegExp])[] = [
    [withOidc(OIDC, "permissions: /p"), /auth\.oidc .*goes with auth\.tokenservice/],
    [withOidc(OIDC, "htpasswd: {path: /x}"), /auth\.permissions .*which workloads/],
    [withOidc(OIDC, "token: {realm: r, service: s, issuer: i, jwks: /k}, permissions: /p"), /goes not together/],
    [withOidc("issuers: https://a.example.com"), /auth\.oidc\.audience .*what the tokens are for/],
    [withOidc("audience: r"), /auth\.oidc\.issuers .*whose tokens/],
    [withOidc("audience: r, issuers: http://a.example.com"), /write an https URL/],
    [withOidc("audience: r, issuers: a.example.com"), /write the URL of an issuer/],
    [withOidc("audience: r, issuers: 'https://a.example.com/?x'"), /write the URL of an issuer/],
    [withOidc("audience: r, issuers: [{issuer: https://a.example.com, tokenfile: /t}]"), /name the ca as well/],
    [withOidc("audience: r, issuers: [{issuer: https://a.example.com, cafile: /t}]"), /write the URL of an issuer, or/],
  ];
  for (const [yaml, mistake] of mistakes) assert.match((await mistakesOf({ yaml })).join("\n"), mistake, yaml);
});

const CLIENTS = "http: {tls: {certificate: /s.crt, key: /s.key, clientcas: [/ca.pem]}}\n";

test("client certificates are somebody only where that was asked for, and somebody looks at them", async () => {
  assert.equal((await load({ yaml: MINIMUM + CLIENTS })).config.auth.certificate, undefined);
  const alone = await load({ yaml: `${MINIMUM}${CLIENTS}auth: certificate\n` });
  assert.deepEqual([alone.config.auth.certificate, alone.config.auth.isOpen], [{ field: "commonname" }, false]);
  const auth = "auth: {certificate: {name: uri}, htpasswd: {path: /x}, permissions: /y}\n";
  assert.deepEqual((await load({ yaml: MINIMUM + CLIENTS + auth })).config.auth.certificate, { field: "uri" });
  assert.match((await mistakesOf({ yaml: `${MINIMUM}auth: certificate\n` })).join(), /needs http\.tls\.clientcas/);
  const unchecked = CLIENTS.replace("]}}", "], clientauth: require-any-client-cert}}");
  assert.match((await mistakesOf({ yaml: `${MINIMUM}${unchecked}auth: certificate\n` })).join(), /to verify/);
  const token = "auth: {certificate: {}, token: {realm: http://x, service: x, issuer: x, jwks: /x}}\n";
  assert.match((await mistakesOf({ yaml: MINIMUM + CLIENTS + token })).join(), /goes not together/);
});
