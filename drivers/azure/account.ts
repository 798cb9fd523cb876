/** The client library, and all that is particular about how it is set up. Nothing else knows. */
import {
  BlobServiceClient,
  newPipeline,
  type RequestPolicyFactory,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { type Agents, createAgents } from "../agents.ts";
import { type AzureParameters, credentialsType } from "./config.ts";
import { delegationSigner, type Signer, sharedKeySigner } from "./signer.ts";

export interface Account {
  readonly service: BlobServiceClient;
  readonly signer: Signer;
  readonly agents: Agents;
  /** Where there is no key. Then signing needs a permission of its own. */
  readonly credential: TokenCredential | undefined;
}

/** What tokens come from. */
export type TokenCredential = Extract<Parameters<typeof newPipeline>[0], { getToken: unknown }>;

export async function openAccount(parameters: AzureParameters, given?: TokenCredential): Promise<Account> {
  const { accountname, accountkey, realm, serviceurl, skipverify, container } = parameters;
  const agents = createAgents({ skipVerify: skipverify });
  const url = (serviceurl ?? `https://${accountname}.blob.${realm}`).replace(/\/+$/, "");
  const connect = (credential: Parameters<typeof newPipeline>[0]) => {
    // Repeating is the business of the retry layer, which knows what may be repeated.
    const pipeline = newPipeline(credential, { retryOptions: { maxTries: 1 } });
    pipeline.factories.push(throughAgents(agents));
    return new BlobServiceClient(url, pipeline);
  };

  if (credentialsType(parameters) === "shared_key") {
    const credential = new StorageSharedKeyCredential(accountname, accountkey ?? "");
    const service = connect(credential);
    const signer = sharedKeySigner({ service, containerName: container }, credential);
    return { service, signer, agents, credential: undefined };
  }
  const credential = given ?? (await tokenCredential(parameters));
  const service = connect(credential);
  return { service, signer: delegationSigner({ service, containerName: container }), agents, credential };
}

/** The identity library costs start time and memory, and whoever has a key does without. */
async function tokenCredential({ credentials }: AzureParameters): Promise<TokenCredential> {
  const { ClientSecretCredential, DefaultAzureCredential } = await import("@azure/identity");
  const { type, tenantid = "", clientid = "", secret = "" } = credentials;
  return type === "client_secret"
    ? new ClientSecretCredential(tenantid, clientid, secret)
    : new DefaultAzureCredential();
}

/** Where the environment names a proxy, the library has chosen an agent for it already. */
function throughAgents(agents: Agents): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest(request) {
        request.agent ??= request.url.startsWith("https:") ? agents.https : agents.http;
        return next.sendRequest(request);
      },
    }),
  };
}
