/**
 * What is secret stays secret: for each secret setting, a real process with a value that is to be found nowhere, among servers that
 * say back all that they were told.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { createCatalogue, variableOf } from "../../../src/config/catalogue.ts";
import { loadConfiguration } from "../../../src/config/load.ts";
import { driverSchemas } from "../../../src/config/settings/drivers.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { until } from "../../support/until.ts";
import { directoryFor, spawnServe, type Variables } from "./process.ts";

const settings = createCatalogue(driverSchemas).settings;
const secrets = [...settings].flatMap(([path, { secret }]) => (secret ? [path] : []));

interface Echoes {
  readonly http: string;
  /** Its certificate is in `authority`. */
  readonly https: string;
  readonly redis: string;
  readonly authority: string;
}

interface Secret {
  /** What the variable holds. By default the canary itself. */
  readonly value?: string;
  /** What must not be seen. By default the value. */
  readonly canaries?: readonly string[];
}

/** Secrets that one process can have at the same time. */
interface Scene {
  readonly title: string;
  /** What it logs when it was refused, if it does not end then. */
  readonly goesOn?: string;
  /** It asks a vendor first, whom there is no echo of: what happens without one is what can be seen. */
  readonly signsInElsewhere?: boolean;
  readonly secrets: Readonly<Record<string, Secret>>;
  /** What else has to be said. */
  readonly variables: (echoes: Echoes) => Variables;
}

/** With characters that other notations write otherwise. */
const canaryOf = (path: string): string => `canary/+=&"${path.replaceAll(".", "-")}-0123456789abcdef`;

const SHARED = { REGISTRY_HTTP_SECRET: "a secret that all replicas share" };
const plain = (...paths: readonly string[]): Scene["secrets"] => Object.fromEntries(paths.map((path) => [path, {}]));
const privateKey = newKey("rsa").export({ format: "pem", type: "pkcs8" }).toString();
const accountKey = Buffer.from(canaryOf("accountkey")).toString("base64");
const AZURE = { REGISTRY_STORAGE_AZURE_ACCOUNTNAME: "account", REGISTRY_STORAGE_AZURE_CONTAINER: "container" };

const REDIS_IS_AWAY = "Redis does not answer; the bucket is asked instead";

const scenes: readonly Scene[] = [
  {
    title: "Redis",
    goesOn: REDIS_IS_AWAY,
    secrets: plain("http.secret", "redis.password"),
    variables: ({ redis }) => ({
      REGISTRY_STORAGE: "inmemory",
      REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: "redis",
      REGISTRY_REDIS_ADDRS: redis,
    }),
  },
  {
    title: "Redis behind sentinels",
    goesOn: REDIS_IS_AWAY,
    secrets: plain("redis.sentinelpassword"),
    variables: ({ redis }) => ({
      REGISTRY_STORAGE: "inmemory",
      REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: "redis",
      REGISTRY_REDIS_ADDRS: redis,
      REGISTRY_REDIS_MASTERNAME: "master",
    }),
  },
  {
    title: "Azure, by key",
    secrets: {
      "storage.azure.accountkey": { value: accountKey, canaries: [accountKey, canaryOf("accountkey")] },
      "storage.azure.connectionstring": {},
    },
    variables: ({ http }) => ({ ...SHARED, ...AZURE, REGISTRY_STORAGE_AZURE_SERVICEURL: http }),
  },
  {
    title: "Azure, by application",
    signsInElsewhere: true,
    secrets: {
      "storage.azure.credentials": {
        value: JSON.stringify({
          type: "client_secret",
          clientid: "client",
          tenantid: "00000000-0000-0000-0000-000000000000",
          secret: canaryOf("secret"),
        }),
        canaries: [canaryOf("secret")],
      },
    },
    variables: ({ https, authority }) => ({
      ...SHARED,
      ...AZURE,
      REGISTRY_STORAGE_AZURE_SERVICEURL: https,
      AZURE_AUTHORITY_HOST: https,
      NODE_EXTRA_CA_CERTS: authority,
    }),
  },
  {
    title: "Google Cloud Storage",
    signsInElsewhere: true,
    secrets: {
      "storage.gcs.credentials": {
        value: JSON.stringify({
          type: "service_account",
          client_email: "registry@example.com",
          private_key: privateKey,
          private_key_id: canaryOf("id"),
        }),
        canaries: [canaryOf("id"), ...(privateKey.match(/^[A-Za-z0-9+/]{64}$/gm) ?? [])],
      },
    },
    variables: ({ https, authority }) => ({
      ...SHARED,
      REGISTRY_STORAGE_GCS_BUCKET: "bucket",
      REGISTRY_STORAGE_GCS_APIENDPOINT: https,
      NODE_EXTRA_CA_CERTS: authority,
    }),
  },
  {
    title: "OSS",
    secrets: plain("storage.oss.accesskeyid", "storage.oss.accesskeysecret"),
    variables: ({ http }) => ({
      ...SHARED,
      REGISTRY_STORAGE_OSS_REGION: "oss-cn-hangzhou",
      REGISTRY_STORAGE_OSS_BUCKET: "bucket",
      REGISTRY_STORAGE_OSS_ENDPOINT: http,
    }),
  },
  {
    title: "S3",
    secrets: plain("storage.s3.accesskey", "storage.s3.secretkey", "storage.s3.sessiontoken"),
    variables: ({ http }) => ({
      ...SHARED,
      REGISTRY_STORAGE_S3_REGION: "us-east-1",
      REGISTRY_STORAGE_S3_BUCKET: "bucket",
      REGISTRY_STORAGE_S3_REGIONENDPOINT: http,
    }),
  },
  {
    title: "Swift, by password",
    secrets: plain("storage.swift.password", "storage.swift.secretkey", "storage.swift.accesskey"),
    variables: ({ http }) => ({
      ...SHARED,
      REGISTRY_STORAGE_SWIFT_AUTHURL: `${http}/v3`,
      REGISTRY_STORAGE_SWIFT_CONTAINER: "container",
      REGISTRY_STORAGE_SWIFT_USERNAME: "user",
    }),
  },
  {
    title: "Swift, by application credential",
    secrets: plain("storage.swift.applicationcredentialid", "storage.swift.applicationcredentialsecret"),
    variables: ({ http }) => ({
      ...SHARED,
      REGISTRY_STORAGE_SWIFT_AUTHURL: `${http}/v3`,
      REGISTRY_STORAGE_SWIFT_CONTAINER: "container",
    }),
  },
];

/** As itself, and as it looks in JSON, in URLs and in base64, wherever in it. */
function formsOf(canary: string): string[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.from("x".repeat(offset) + canary).toString("base64");
    const inside = text.slice(4, -4);
    return [inside, inside.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const escaped = JSON.stringify(canary).slice(1, -1);
  return [canary, escaped, JSON.stringify(escaped).slice(1, -1), encodeURIComponent(canary), ...inBase64];
}

function assertUnseen(where: string, text: string, canaries: readonly string[]): void {
  for (const canary of canaries) {
    for (const form of formsOf(canary)) {
      const at = text.indexOf(form);
      assert.ok(at < 0, `${where}: …${text.slice(Math.max(0, at - 200), at + form.length)}`);
    }
  }
}

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

/** Refuses everything, in the words of each protocol, and with all that it was told. */
const sayBack: RequestListener = async (request, response) => {
  heard += 1;
  const body = Buffer.concat(await request.toArray()).toString("utf8");
  const told = [request.method, request.url, ...request.rawHeaders, body].join(" ");
  const text = told.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const isXml = request.headers["x-amz-date"] !== undefined || request.headers["x-ms-version"] !== undefined;
  const token = request.headers["x-amz-security-token"];
  response.writeHead(403, {
    "content-type": isXml ? "application/xml" : "application/json",
    "x-ms-error-code": "Refused",
  });
  response.end(
    isXml
      ? `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>${text}</Message><Token-0>${token}</Token-0></Error>`
      : JSON.stringify({ error: { code: 403, message: told }, error_description: told }),
  );
};

let echoes: Echoes;
let heard = 0;

before(async () => {
  const { path, remove } = await temporaryDirectory();
  const { pem: cert, keyPem: key } = issueCertificate({ name: "localhost", hosts: ["localhost"], ca: true });
  await writeFile(join(path, "ca.pem"), cert);
  const http = createHttpServer(sayBack).unref();
  const https = createHttpsServer({ key, cert }, sayBack).unref();
  const tcp = createTcpServer((socket) => {
    heard += 1;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      // An answer to each command, or the client waits for the others.
      for (const command of data.toString("latin1").split(/^(?=\*\d+\r\n)/m)) {
        socket.write(`-ERR refused: ${command.replaceAll(/[\r\n]+/g, " ")}\r\n`);
      }
    });
    socket.unref();
  }).unref();
  echoes = {
    http: `http://127.0.0.1:${await listening(http)}`,
    https: `https://localhost:${await listening(https)}`,
    redis: `127.0.0.1:${await listening(tcp)}`,
    authority: join(path, "ca.pem"),
  };
  return () => remove();
});

async function askEverything(base: string, debug: string): Promise<string> {
  const paths = [
    "/v2/",
    "/v2/_catalog",
    "/v2/a/manifests/v1",
    "/v2/a/tags/list",
    "/v2/a/blobs/x",
    "/readyz",
    "/nothing",
  ];
  const urls = [...paths.map((path) => base + path), ...["/metrics", "/debug/health"].map((path) => debug + path)];
  const answers = await Promise.all([
    ...urls.map((url) => fetch(url)),
    fetch(`${base}/v2/a/blobs/uploads/?digest=sha256:${"0".repeat(64)}`, { method: "POST", body: "x" }),
    fetch(`${base}/v2/a/manifests/v1`, { method: "PUT", body: "{" }),
  ]);
  const texts = answers.map(async (answer) => `${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  return (await Promise.all(texts)).join("\n");
}

async function serveAndAsk(
  t: TestContext,
  variables: Variables,
  goesOn?: string,
): Promise<Readonly<Record<string, string>>> {
  const served = await spawnServe(t, {
    REGISTRY_HTTP_DEBUG_ADDR: "127.0.0.1:0",
    REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: "true",
    REGISTRY_LOG_LEVEL: "debug",
    ...variables,
  });
  const { child, listening } = served;
  const commandLine = await readFile(`/proc/${child.pid}/cmdline`, "utf8").catch(() => "");
  const addresses = await listening;
  const answers = addresses ? await askEverything(addresses.base, addresses.debug) : "";
  if (goesOn !== undefined) await until(goesOn, () => served.output.stderr.includes(goesOn));
  child.kill("SIGTERM");
  const { stdout, stderr } = await served.finished;
  assert.ok(stderr.length > 0);
  return { commandLine, answers, stdout, stderr };
}

test("every secret setting has a scene, and no other setting has", () => {
  const named = scenes.flatMap((scene) => Object.keys(scene.secrets));
  assert.deepEqual(named.toSorted(), secrets.toSorted());
});

const contentOf = (path: string, { value = canaryOf(path) }: Secret): string => value;

for (const scene of scenes) {
  const entries = Object.entries(scene.secrets);
  const canaries = entries.flatMap(([path, secret]) => secret.canaries ?? [contentOf(path, secret)]);

  test(`${scene.title}: in the log, in answers, in the list of processes`, async (t) => {
    const given = entries.map(([path, secret]) => [variableOf(path), contentOf(path, secret)] as const);
    heard = 0;
    const seen = await serveAndAsk(t, { ...scene.variables(echoes), ...Object.fromEntries(given) }, scene.goesOn);
    assert.ok(heard > 0 || scene.signsInElsewhere, "it has asked");
    for (const [where, text] of Object.entries(seen)) assertUnseen(where, text, canaries);
  });

  test(`${scene.title}: in what moorage config prints, and from files`, async (t) => {
    const directory = await directoryFor(t);
    const values = new Map(entries.map(([path, secret]) => [path, contentOf(path, secret)]));
    for (const [path, value] of values) await writeFile(join(directory, path), `${value}\n`);
    const load = (variables: Variables) => loadConfiguration({ environment: variables, directory });
    const variables = scene.variables(echoes);
    const fromFiles = [...values.keys()].map((path) => [`${variableOf(path)}_FILE`, join(directory, path)] as const);
    const direct = [...values].map(([path, value]) => [variableOf(path), value] as const);
    const [one, other] = await Promise.all(
      [direct, fromFiles].map((given) => load({ ...variables, ...Object.fromEntries(given) })),
    );
    assert.deepEqual({ ...one?.config, secrets: [] }, { ...other?.config, secrets: [] });
    for (const loaded of [one, other]) {
      assertUnseen("moorage config", `${loaded?.text()} ${JSON.stringify(loaded?.remarks)}`, canaries);
    }
    for (const [name, path] of fromFiles) {
      const line = other
        ?.text()
        .split("\n")
        .find((text) => text.includes(`# ${name} (environment, ${path})`));
      assert.match(line ?? "", /\*\*\*/, name);
    }
  });
}

test("a secret that does not fit its setting is not shown either", async (t) => {
  const directory = await directoryFor(t);
  for (const path of secrets) {
    const value = `{${path.replaceAll(".", "-")}: [a, {b: hush-hush}]}`;
    await assert.rejects(
      loadConfiguration({ environment: { REGISTRY_STORAGE: "inmemory", [variableOf(path)]: value }, directory }).then(
        ({ text }) => {
          throw new Error(text());
        },
      ),
      (error: Error) => !error.message.includes("hush-hush"),
      path,
    );
  }
});
