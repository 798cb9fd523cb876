import { LONGEST_TIMER } from "../duration.ts";
import { adviseOnDuration, count, duration, flag, listOf, network, setting, text } from "../kinds.ts";

export const storageSettings = {
  "storage.delete.enabled": setting(
    flag().prefault(false),
    "Allows deleting blobs, manifests and tags. Without a configuration file: true.",
  ),
  "storage.redirect.disable": setting(
    flag().prefault(false),
    "Sends blobs through the registry, not as redirects to the store.",
  ),
  "storage.redirect.except": setting(
    listOf(network(), { separatedBy: /[\s,]+/ }).prefault([]),
    "Networks of clients that cannot reach the store; they get blobs through the registry.",
    { below: "list" },
  ),
  "storage.maintenance.readonly.enabled": setting(flag().prefault(false), "Refuses everything that writes."),
  "storage.maintenance.uploadpurging.enabled": setting(flag().prefault(true), "Removes uploads that nobody finished."),
  "storage.maintenance.uploadpurging.age": setting(
    duration().prefault("168h"),
    "How long an upload may rest before it is removed.",
    { advice: adviseOnDuration },
  ),
  "storage.maintenance.uploadpurging.interval": setting(
    duration({ longest: LONGEST_TIMER }).prefault("24h"),
    "How often to look for such uploads.",
    { advice: adviseOnDuration },
  ),
  "storage.maintenance.uploadpurging.dryrun": setting(
    flag().prefault(false),
    "Only logs which uploads would be removed.",
  ),
  "storage.cache.blobdescriptor": setting(
    text().optional(),
    "With redis, replicas share what they saw, through redis.addrs. Each process keeps a cache in memory in any case.",
    { advice: adviseOnCache },
  ),
  "storage.cache.layerinfo": setting(text().optional(), "The old name of storage.cache.blobdescriptor.", {
    advice: adviseOnCache,
  }),
  "storage.cache.blobdescriptorsize": setting(count({ from: 0 }).optional(), "Accepted; nothing to do."),
  "storage.tag.concurrencylimit": setting(count({ from: 0 }).optional(), "Accepted; nothing to do."),
};

function adviseOnCache(value: unknown): string | undefined {
  return value === "inmemory" || value === "redis" ? undefined : "is no cache that is known here: inmemory, redis";
}
