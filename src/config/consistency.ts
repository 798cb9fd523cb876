/** What single settings cannot know: how they fit together. */
import { checkAuth } from "./auth-consistency.ts";
import type { Evaluation } from "./evaluate.ts";
import { isEmpty, type Source } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";
import { checkReplicas } from "./replicas-consistency.ts";
import type { SettingPath } from "./settings/index.ts";
import { checkTls } from "./tls.ts";

export function checkConsistency(evaluation: Evaluation, findings: Findings): void {
  const { values, written } = evaluation;
  const { mistakes, remarks } = findings;
  checkAuth(evaluation, findings);
  checkTls(evaluation, findings);
  checkReplicas(evaluation, findings);
  const at = (path: SettingPath): Source => written.get(path)?.source ?? { name: path, place: "not set" };
  const warn = (path: SettingPath, message: string) => remarks.push({ ...at(path), level: "warn", message });

  if (written.has("loglevel") && written.has("log.level")) warn("loglevel", "is ignored, because log.level is set");
  if (values["http.debug.prometheus.enabled"] && values["http.debug.addr"] === undefined) {
    warn("http.debug.prometheus.enabled", "does nothing without http.debug.addr, where metrics are served");
  }
  if (values["http.net"] === "unix" && !written.get("http.addr")) {
    mistakes.push({ ...at("http.net"), value: showValue("unix"), message: "set http.addr to the path of the socket" });
  }
  if (values["http.host"] !== undefined && values["http.relativeurls"] && written.has("http.relativeurls")) {
    warn("http.relativeurls", "does nothing, because http.host asks for absolute URLs");
  }
  const list = written.get("validation.manifests.indexes.platformlist");
  if (values["validation.manifests.indexes.platforms"] === "list" && isEmpty(list)) {
    const message = "name the platforms in validation.manifests.indexes.platformlist";
    mistakes.push({ ...at("validation.manifests.indexes.platforms"), value: showValue("list"), message });
  }
  const stall = values["http.stalltimeout"];
  if (stall > 0 && stall < 1000) warn("http.stalltimeout", "is shorter than a second: slow clients will be cut off");
}
