/** Azurite, Microsoft's own emulator of the blob service, in this process and in memory. */
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";

export const ACCOUNT = "devstoreaccount1";
export const ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const CONTAINER = "moorage";
/** Milliseconds. It was seen not to come to its end; it lives in this process, and goes with it. */
const STOP_PATIENCE = 10_000;

export interface Azurite {
  /** Of the account, without a slash at the end. */
  readonly serviceUrl: string;
  /** Exists, and is empty. */
  readonly containerName: string;
  /** A client that is not the driver's. */
  readonly container: ContainerClient;
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** Files of a certificate and its key: then it speaks https, and takes tokens. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
}

interface BlobServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

const require = createRequire(import.meta.url);
const Server: new (configuration: unknown) => BlobServer = require("azurite/dist/src/blob/BlobServer").default;
const Configuration: new (...values: unknown[]) => unknown = require("azurite/dist/src/blob/BlobConfiguration").default;

export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const server = new Server(configurationOf(options));
  await server.start();
  const serviceUrl = `${server.getHttpServerAddress()}/${ACCOUNT}`;
  const credential = new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY);
  const container = new BlobServiceClient(serviceUrl, credential).getContainerClient(CONTAINER);
  await container.create();
  return {
    serviceUrl,
    containerName: CONTAINER,
    container,
    stop: () => stop(server),
  };
}

async function stop(server: BlobServer): Promise<void> {
  const patience = new AbortController();
  await Promise.race([server.close(), sleep(STOP_PATIENCE, undefined, patience)]);
  patience.abort();
}

/** Its constructor takes them by their place. */
function configurationOf({ certificate }: AzuriteOptions): unknown {
  const settings = {
    host: "127.0.0.1",
    port: 0,
    keepAliveTimeout: 5,
    metadataDatabase: undefined,
    extentDatabase: undefined,
    persistence: undefined,
    enableAccessLog: false,
    accessLog: undefined,
    enableDebugLog: false,
    debugLog: undefined,
    loose: false,
    // The client speaks a version that it does not know yet.
    skipApiVersionCheck: true,
    cert: certificate?.cert ?? "",
    key: certificate?.key ?? "",
    password: undefined,
    oauth: certificate ? "basic" : undefined,
    disableProductStyleUrl: false,
    inMemory: true,
  };
  return new Configuration(...Object.values(settings));
}
