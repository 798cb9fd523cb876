/** Every setting, by the path that it has in a configuration file. The rest of this folder is derived from this table. */
import type * as z from "zod";
import { type Setting, setting, version } from "../kinds.ts";
import { authSettings } from "./auth.ts";
import { httpSettings } from "./http.ts";
import { limitSettings } from "./limits.ts";
import { logSettings } from "./log.ts";
import { middlewareSettings } from "./middleware.ts";
import { redisSettings } from "./redis.ts";
import { storageSettings } from "./storage.ts";
import { tlsSettings } from "./tls.ts";
import { validationSettings } from "./validation.ts";

export const settings = {
  version: setting(version(), "The version of the format. Required in a file, and no variable sets it."),
  ...logSettings,
  ...storageSettings,
  ...httpSettings,
  ...tlsSettings,
  ...limitSettings,
  ...validationSettings,
  ...authSettings,
  ...middlewareSettings,
  ...redisSettings,
} satisfies Readonly<Record<string, Setting>>;

type Settings = typeof settings;
export type SettingPath = keyof Settings;
export type Values = { readonly [Path in SettingPath]: z.output<Settings[Path]["schema"]> };
