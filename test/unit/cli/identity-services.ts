/** What hands out credentials in the clouds of AWS, Microsoft and Google, as far as an SDK asks it. */
import { sign } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, request as requestTo } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Certificate } from "../../deploy/support/certificates.ts";
import { CREDENTIALS } from "../../support/gcs.ts";

export const TENANT = "11111111-2222-4333-8444-555555555555";

/** Hosts that an SDK knows by heart. Reached by the proxy. */
export const HOSTS = [
  "login.microsoftonline.com",
  "oauth2.googleapis.com",
  "sts.googleapis.com",
  "iamcredentials.googleapis.com",
];

/** What is handed out. */
export interface Grants {
  readonly aws: { readonly accesskey: string; readonly secretkey: string };
  readonly azure: string;
}

export interface IdentityServices {
  /** `POST oauth2.googleapis.com/token`, newest last. */
  readonly asked: string[];
  /** In the clear, as metadata services are. */
  readonly url: string;
  /** A store that is at this address, over TLS. */
  readonly front: (url: string) => Promise<string>;
  /** For `HTTPS_PROXY`. */
  readonly proxy: string;
}

export async function startIdentityServices(
  t: TestContext,
  certificate: Certificate,
  grants: Grants,
): Promise<IdentityServices> {
  const asked: string[] = [];
  const pair = { cert: await readFile(certificate.certificate), key: await readFile(certificate.key) };
  const answer: RequestListener = async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://host");
    const call = `${request.method} ${HOSTS.find((host) => host === request.headers.host) ?? ""}${pathname}`;
    asked.push(call);
    const given = answerOf(call, await text(request), grants);
    response.writeHead(given === undefined ? 400 : 200, {
      "metadata-flavor": "Google",
      "content-type": typeof given === "string" ? "text/plain" : "application/json",
      "x-aws-ec2-metadata-token-ttl-seconds": "21600",
    });
    response.end(typeof given === "string" ? given : JSON.stringify(given ?? {}));
  };
  const listen = async (server: ReturnType<typeof createServer>) => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };

  const hosts = await listen(createTlsServer(pair, answer));
  const proxy = createServer().on("connect", (_request: IncomingMessage, client) => {
    const tunnel = connect(hosts, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    client.on("error", () => tunnel.destroy()).pipe(tunnel);
    tunnel.on("error", () => client.destroy()).pipe(client);
  });
  return {
    asked,
    url: `http://127.0.0.1:${await listen(createServer(answer))}`,
    proxy: `http://127.0.0.1:${await listen(proxy)}`,
    front: async (url) => `https://127.0.0.1:${await listen(createTlsServer(pair, forwardTo(url, asked)))}`,
  };
}

function forwardTo(url: string, asked: string[]): RequestListener {
  return (request, response) => {
    const { method, headers } = request;
    if (headers.authorization !== undefined) asked.push(`store ${headers.authorization}`);
    const onward = requestTo(`${url}${request.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  };
}

/** `undefined`: nobody asks for this. */
function answerOf(call: string, body: string, { aws, azure }: Grants): string | object | undefined {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const keys = { AccessKeyId: aws.accesskey, SecretAccessKey: aws.secretkey, Expiration: expires };
  const google = { access_token: "google-token", accessToken: "google-token", expires_in: 3600, expireTime: expires };
  switch (call) {
    case "POST /":
      return securityTokens(new URLSearchParams(body).get("Action") ?? "", keys);
    case "PUT /latest/api/token":
      return "session";
    case "GET /latest/meta-data/iam/security-credentials/":
      return "role";
    case "GET /latest/meta-data/iam/security-credentials/role":
      return { Code: "Success", Type: "AWS-HMAC", ...keys, Token: "session" };
    case "GET /container":
      return { ...keys, Token: "session" };
    case "GET /federation/credentials":
      return {
        roleCredentials: {
          accessKeyId: aws.accesskey,
          secretAccessKey: aws.secretkey,
          sessionToken: "session",
          expiration: Date.parse(expires),
        },
      };

    case `GET login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration`:
      return {
        issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
        authorization_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/authorize`,
        token_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
        jwks_uri: `https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`,
      };
    case `POST login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`:
      return { token_type: "Bearer", expires_in: 3600, access_token: azure };
    case "GET /app-service":
    case "GET /metadata/identity/oauth2/token/":
      return {
        token_type: "Bearer",
        resource: "https://storage.azure.com",
        access_token: azure,
        expires_in: "3600",
        expires_on: String(Math.floor(Date.parse(expires) / 1000)),
      };

    case "POST oauth2.googleapis.com/token":
    case "POST sts.googleapis.com/v1/token":
    case `POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${CREDENTIALS.client_email}:generateAccessToken`:
    case "GET /computeMetadata/v1/instance/service-accounts/default/token":
      return { ...google, token_type: "Bearer", issued_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    case `POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${CREDENTIALS.client_email}:signBlob`: {
      const payload = Buffer.from(JSON.parse(body).payload, "base64");
      return { signedBlob: sign("RSA-SHA256", payload, CREDENTIALS.private_key).toString("base64") };
    }
    case "GET /computeMetadata/v1/instance":
      return "ok";
    case "GET /computeMetadata/v1/instance/service-accounts/default/email":
      return CREDENTIALS.client_email;
    case "GET /computeMetadata/v1/instance/service-accounts/":
      return { default: { email: CREDENTIALS.client_email } };
    case "GET /computeMetadata/v1/project/project-id":
      return "project";
    case "GET /computeMetadata/v1/universe/universe-domain":
      return "googleapis.com";
    default:
      return undefined;
  }
}

function securityTokens(action: string, keys: Readonly<Record<string, string>>): string {
  const parts = Object.entries({ ...keys, SessionToken: "session" }).map(
    ([name, value]) => `<${name}>${value}</${name}>`,
  );
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>${parts.join("")}</Credentials></${action}Result></${action}Response>`;
}
