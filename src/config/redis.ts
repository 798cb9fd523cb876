/** The settings of Redis, as its client wants them. */
import type { ListenAddress } from "./address.ts";
import type { Values } from "./settings/index.ts";

export interface RedisConfig {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly masterName: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly sentinel: { readonly username: string | undefined; readonly password: string | undefined };
  readonly dialTimeoutMilliseconds: number;
  readonly readTimeoutMilliseconds: number;
  readonly tls:
    | {
        readonly certificate: string | undefined;
        readonly key: string | undefined;
        readonly rootCas: readonly string[];
      }
    | undefined;
}

/** `undefined` unless it is there and to be used: `storage.cache.blobdescriptor: redis` says so, as in distribution. */
export function redisConfig(values: Values): RedisConfig | undefined {
  const wanted = [values["storage.cache.blobdescriptor"], values["storage.cache.layerinfo"]].includes("redis");
  const single = values["redis.addr"];
  const given = [...values["redis.addrs"], ...(single ? [single] : [])];
  if (!wanted || given.length === 0) return undefined;
  const certificate = values["redis.tls.certificate"];
  const key = values["redis.tls.key"];
  const rootCas = values["redis.tls.rootcas"];
  const isSecure = values["redis.tls.enabled"] ?? (certificate !== undefined || rootCas.length > 0);
  return {
    addresses: given.flatMap(hostAndPort),
    masterName: values["redis.mastername"],
    username: values["redis.username"],
    password: values["redis.password"],
    database: values["redis.db"],
    sentinel: { username: values["redis.sentinelusername"], password: values["redis.sentinelpassword"] },
    dialTimeoutMilliseconds: values["redis.dialtimeout"],
    readTimeoutMilliseconds: values["redis.readtimeout"],
    tls: isSecure ? { certificate, key, rootCas } : undefined,
  };
}

const hostAndPort = (address: ListenAddress) =>
  address.kind === "tcp" ? [{ host: address.host ?? "localhost", port: address.port }] : [];
