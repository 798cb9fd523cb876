/** Each way that clouds have to give credentials: SDKs load what it takes by `import()`, when they need it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { makeCertificate } from "../../deploy/support/certificates.ts";
import { credential, startWithTls, tokensMissing } from "../../stores/azurite-tokens.ts";
import { CREDENTIALS, createBucket as createGcsBucket, startDouble } from "../../support/gcs.ts";
import { createBucket as createS3Bucket } from "../../support/s3.ts";
import { AWS } from "../../support/s3-double/profiles.ts";
import { startS3Double } from "../../support/s3-double/server.ts";
import { HOSTS, startIdentityServices, TENANT } from "./identity-services.ts";
import { directoryFor, spawnServe, type Variables } from "./process.ts";

interface Scene {
  readonly variables: Variables;
  /** What the identity services are asked, in this order, among other things. */
  readonly asks: readonly string[];
}
type Scenes = Readonly<Record<string, Scene>>;

/** `main`: of the program. */
export async function signsIn(t: TestContext, main: string): Promise<void> {
  const directory = await directoryFor(t);
  const file = async (name: string, content: string | object) => {
    const path = join(directory, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const certificate = await makeCertificate(directory, ["127.0.0.1", ...HOSTS]);
  const s3 = await startS3Double(AWS);
  t.after(s3.close);
  const { token } = await credential.getToken();
  const services = await startIdentityServices(t, certificate, { aws: s3, azure: token });
  const { url, asked, proxy } = services;

  const play = async (t: TestContext, scenes: Scenes, common: Variables) => {
    for (const [name, { variables, asks }] of Object.entries(scenes)) {
      await t.test(name, async (t) => {
        asked.length = 0;
        const secret = { REGISTRY_HTTP_SECRET: "s".repeat(32) };
        const around = { ...secret, HOME: directory, HTTPS_PROXY: proxy, NO_PROXY: "127.0.0.1" };
        const trust = { NODE_EXTRA_CA_CERTS: certificate.certificate };
        const served = await spawnServe(t, { ...around, ...trust, ...common, ...variables }, main);
        assert.ok(await served.listening, `${asked.join("\n")}\n${served.output.stderr}`);
        assert.doesNotMatch(served.output.stderr, /cannot sign/);
        const inOrder = asks.filter((ask) => asked.includes(ask));
        assert.deepEqual(inOrder, asks, asked.join("\n"));
        served.child.kill("SIGKILL");
      });
    }
  };

  await t.test("to S3", async (t) => {
    await mkdir(join(directory, ".aws/sso/cache"), { recursive: true });
    const session = createHash("sha1").update("work").digest("hex");
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await file(`.aws/sso/cache/${session}.json`, { accessToken: "token", expiresAt: until, region: "us-east-1" });
    const keys = { AccessKeyId: s3.accesskey, SecretAccessKey: s3.secretkey };
    const printed = await file("printed.json", { Version: 1, ...keys });
    await file(
      ".aws/credentials",
      `[keys]\naws_access_key_id=${s3.accesskey}\naws_secret_access_key=${s3.secretkey}\n`,
    );
    const role = "arn:aws:iam::123456789012:role/registry";
    const config = [
      `[profile process]\ncredential_process = cat ${printed}`,
      `[profile role]\nrole_arn = ${role}\nsource_profile = keys\nregion = us-east-1`,
      "[profile sso]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = registry",
      "[sso-session work]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start",
    ];
    await file(".aws/config", config.join("\n"));
    const scenes: Scenes = {
      "as a service account of EKS": {
        variables: {
          AWS_WEB_IDENTITY_TOKEN_FILE: await file("web-identity", "a.web.identity"),
          AWS_ROLE_ARN: role,
          AWS_REGION: "us-east-1",
          AWS_ENDPOINT_URL_STS: url,
        },
        asks: ["POST /"],
      },
      "as a pod of EKS or a task of ECS": {
        variables: {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: await file("pod-identity", "a.pod.identity"),
        },
        asks: ["GET /container"],
      },
      "as an instance of EC2": {
        variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url },
        asks: ["PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/role"],
      },
      "by the environment": {
        variables: { AWS_ACCESS_KEY_ID: s3.accesskey, AWS_SECRET_ACCESS_KEY: s3.secretkey },
        asks: [],
      },
      "by a profile": { variables: { AWS_PROFILE: "keys" }, asks: [] },
      "by a program that a profile names": { variables: { AWS_PROFILE: "process", PATH: "/usr/bin:/bin" }, asks: [] },
      "by a profile with a role": {
        variables: { AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: url },
        asks: ["POST /"],
      },
      "by a profile with single sign-on": {
        variables: { AWS_PROFILE: "sso", AWS_ENDPOINT_URL_SSO: url },
        asks: ["GET /federation/credentials"],
      },
    };
    await play(t, scenes, {
      REGISTRY_STORAGE: "s3",
      REGISTRY_STORAGE_S3_BUCKET: await createS3Bucket(s3),
      REGISTRY_STORAGE_S3_REGIONENDPOINT: s3.endpoint,
    });
  });

  await t.test("to Azure", { skip: tokensMissing }, async (t) => {
    const azurite = await startWithTls(certificate);
    t.after(azurite.stop);
    const login = [`POST login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`];
    const scenes: Scenes = {
      "as a workload of AKS": {
        variables: {
          AZURE_FEDERATED_TOKEN_FILE: await file("federated", "a.federated.token"),
          AZURE_CLIENT_ID: TENANT,
          AZURE_TENANT_ID: TENANT,
          AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
        },
        asks: login,
      },
      "as a virtual machine": {
        variables: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url },
        asks: ["GET /metadata/identity/oauth2/token/"],
      },
      "as an app of App Service": {
        variables: { IDENTITY_ENDPOINT: `${url}/app-service`, IDENTITY_HEADER: "header" },
        asks: ["GET /app-service"],
      },
      "by a secret in the environment": {
        variables: { AZURE_CLIENT_ID: TENANT, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_SECRET: "secret" },
        asks: login,
      },
      "by a secret in the configuration": {
        variables: {
          REGISTRY_STORAGE_AZURE_CREDENTIALS_TYPE: "client_secret",
          REGISTRY_STORAGE_AZURE_CREDENTIALS_CLIENTID: TENANT,
          REGISTRY_STORAGE_AZURE_CREDENTIALS_TENANTID: TENANT,
          REGISTRY_STORAGE_AZURE_CREDENTIALS_SECRET: "secret",
        },
        asks: login,
      },
    };
    await play(t, scenes, {
      REGISTRY_STORAGE: "azure",
      REGISTRY_STORAGE_AZURE_ACCOUNTNAME: "devstoreaccount1",
      REGISTRY_STORAGE_AZURE_CONTAINER: azurite.containerName,
      REGISTRY_STORAGE_AZURE_SERVICEURL: azurite.serviceUrl,
      REGISTRY_STORAGE_AZURE_CREDENTIALS_TYPE: "default_credentials",
    });
  });

  await t.test("to Cloud Storage", async (t) => {
    const double = await startDouble();
    t.after(double.stop);
    const account = `POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${CREDENTIALS.client_email}`;
    const carried = "store Bearer google-token";
    const key = await file("key.json", CREDENTIALS);
    const federation = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      service_account_impersonation_url: `${account.replace("POST ", "https://")}:generateAccessToken`,
      credential_source: { file: await file("subject", "a.subject.token") },
    };
    const scenes: Scenes = {
      "by a key in the configuration": {
        variables: { REGISTRY_STORAGE_GCS_KEYFILE: key },
        asks: ["POST oauth2.googleapis.com/token", carried],
      },
      "by a key in the environment": {
        variables: { GOOGLE_APPLICATION_CREDENTIALS: key },
        asks: ["POST oauth2.googleapis.com/token", carried],
      },
      "as a workload of another cloud": {
        variables: { GOOGLE_APPLICATION_CREDENTIALS: await file("federation.json", federation) },
        asks: ["POST sts.googleapis.com/v1/token", `${account}:generateAccessToken`, carried, `${account}:signBlob`],
      },
      "as a virtual machine or a workload of GKE": {
        variables: { GCE_METADATA_HOST: new URL(url).host },
        asks: ["GET /computeMetadata/v1/instance/service-accounts/default/token", carried, `${account}:signBlob`],
      },
    };
    await play(t, scenes, {
      REGISTRY_STORAGE: "gcs",
      REGISTRY_STORAGE_GCS_BUCKET: await createGcsBucket(double.url),
      REGISTRY_STORAGE_GCS_APIENDPOINT: await services.front(double.url),
    });
  });
}
