// Runs once in each replica, before the registry: fetches secrets from KMS, with the replica's own role, and writes them to
// files that only the replica has. Variables: SECRETS ({"path": "name of the secret"}), KMS_URL, ROLE.
import { createHmac, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";

const { SECRETS, KMS_URL, ROLE, METADATA_URL = "http://100.100.100.200" } = process.env;
const TRIES = 10;

/** Percent-encoding as Alibaba's signatures want it. */
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

async function fetchJson(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}: ${body}`);
  return JSON.parse(body);
}

/** The network and the role may need a moment after the start. */
async function patiently(attempt) {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * tries));
    }
  }
}

async function secretOf(name) {
  const role = await fetchJson(`${METADATA_URL}/latest/meta-data/ram/security-credentials/${ROLE}`);
  const parameters = {
    AccessKeyId: role.AccessKeyId,
    Action: "GetSecretValue",
    Format: "JSON",
    SecretName: name,
    SecurityToken: role.SecurityToken,
    SignatureMethod: "HMAC-SHA1",
    SignatureNonce: randomUUID(),
    SignatureVersion: "1.0",
    Timestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    Version: "2016-01-20",
  };
  const query = Object.keys(parameters)
    .sort()
    .map((key) => `${encode(key)}=${encode(parameters[key])}`)
    .join("&");
  const signature = createHmac("sha1", `${role.AccessKeySecret}&`)
    .update(`GET&${encode("/")}&${encode(query)}`)
    .digest("base64");
  const { SecretData } = await fetchJson(`${KMS_URL}/?${query}&Signature=${encode(signature)}`);
  return SecretData;
}

for (const [path, name] of Object.entries(JSON.parse(SECRETS))) {
  const secret = await patiently(() => secretOf(name));
  await writeFile(path, `${secret.trimEnd()}\n`, { mode: 0o400 });
}
