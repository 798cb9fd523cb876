/** What processes need that share a store. */
import { isDriverName, isLocalDriver } from "../../drivers/open.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Source } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";
import type { SettingPath } from "./settings/index.ts";

export function checkReplicas({ values, written, driver }: Evaluation, { mistakes, remarks }: Findings): void {
  const at = (path: SettingPath): Source => written.get(path)?.source ?? { name: path, place: "not set" };

  if (driver && isDriverName(driver.name) && !isLocalDriver(driver.name) && values["http.secret"].length === 0) {
    const message = `set it, to the same on all replicas that use this ${driver.name} store: it signs uploads in progress, and whoever gets the next request of one must be able to tell; openssl rand -hex 32 makes a good one`;
    mistakes.push({ ...at("http.secret"), message });
  }
  if (values["http.workers"] > 1 && driver?.name === "inmemory") {
    const message = "several processes share a store, and memory is no such store; leave it at 1";
    mistakes.push({ ...at("http.workers"), value: showValue(values["http.workers"]), message });
  }
  const hasRedis = values["redis.addrs"].length > 0 || values["redis.addr"] !== undefined;
  const wantsRedis =
    values["storage.cache.blobdescriptor"] === "redis" || values["storage.cache.layerinfo"] === "redis";
  if (wantsRedis && !hasRedis) {
    mistakes.push({ ...at("storage.cache.blobdescriptor"), message: "say in redis.addrs where Redis is" });
  }
  if (!wantsRedis && hasRedis) {
    const path = written.has("redis.addrs") ? "redis.addrs" : "redis.addr";
    remarks.push({ ...at(path), level: "warn", message: "is not used without storage.cache.blobdescriptor: redis" });
  }
}
