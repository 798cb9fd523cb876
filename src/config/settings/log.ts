import * as z from "zod";
import { choice, flag, setting } from "../kinds.ts";

export const logSettings = {
  "log.level": setting(
    choice("error", "warn", "info", "debug").prefault("info"),
    "The least severe messages that are logged: error, warn, info or debug.",
  ),
  "log.formatter": setting(
    choice("text", "json", "logstash").prefault("text"),
    "What lines look like: text (coloured on a terminal) or json; logstash is taken as json.",
  ),
  "log.fields": setting(z.record(z.string(), z.unknown()).prefault({}), "Fields that every message carries.", {
    below: { joinedBy: "_" },
  }),
  "log.accesslog.disabled": setting(flag().prefault(false), "Turns off the access log on standard output."),
  "log.reportcaller": setting(flag().optional(), "Accepted; nothing to do."),
  loglevel: setting(choice("error", "warn", "info", "debug").optional(), "The old name of log.level.", {
    advice: () => "is the old name; write log.level",
  }),
};
