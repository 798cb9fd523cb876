/** The settings as a tree, to walk along a file or the words of a variable. */
import * as z from "zod";
import type { Setting } from "./kinds.ts";
import { aboutParameters, driverAliases } from "./settings/drivers.ts";
import { settings } from "./settings/index.ts";
import { type Missing, missingSections } from "./settings/missing.ts";

/** The schema of each driver's parameters, an object at heart, under the name that distribution has for the driver. */
export type DriverSchemas = Readonly<Record<string, z.ZodType>>;

export interface Level {
  /** `http.debug`; empty at the root. */
  readonly path: string;
  readonly children: Map<string, Level>;
  /** A setting: what is below it is part of its value. */
  setting?: Setting;
  /** A section that this version does not have: anything may be below it. */
  missing?: Missing;
  /** A storage driver, whose children are its parameters. */
  driver?: z.ZodType;
}

export interface Catalogue {
  readonly root: Level;
  readonly drivers: DriverSchemas;
  /** All settings that a variable can set, parameters of drivers included. */
  readonly settings: ReadonlyMap<string, Setting>;
}

export const variableOf = (path: string): string => `REGISTRY_${path.toUpperCase().replaceAll(".", "_")}`;

/** As YAML would have it, for documentation. `undefined`: none. */
export function defaultOf({ schema }: Setting): unknown {
  for (let inner: z.ZodType = schema; ; ) {
    if (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault) return inner.def.defaultValue;
    if (!(inner instanceof z.ZodPipe) || !(inner.in instanceof z.ZodType)) return undefined;
    inner = inner.in;
  }
}

export function createCatalogue(drivers: DriverSchemas): Catalogue {
  const root: Level = { path: "", children: new Map() };
  const named = new Map<string, Setting>();
  const add = (path: string, setting: Setting) => {
    named.set(path, setting);
    levelAt(root, path).setting = setting;
  };
  for (const [path, setting] of Object.entries(settings)) add(path, setting);
  for (const [name, schema] of Object.entries(drivers)) {
    levelAt(root, `storage.${name}`).driver = schema;
    for (const [parameter, field] of Object.entries(fieldsOf(schema))) {
      const path = `storage.${name}.${parameter}`;
      add(path, parameterSetting(name, path, field));
    }
  }
  for (const [alias, name] of Object.entries(driverAliases)) {
    const driver = levelAt(root, "storage").children.get(name);
    if (driver) levelAt(root, "storage").children.set(alias, driver);
  }
  for (const [path, missing] of Object.entries(missingSections)) {
    const level = levelAt(root, path);
    if (!level.driver) level.missing = missing;
  }
  named.delete("version");
  return { root, drivers, settings: named };
}

/** The fields of an object schema, also of one inside a pipe. */
export function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.out as z.ZodType);
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}

/** A driver that forgets to mark a secret must not get it printed. */
const SECRET_NAME = /secret|password|passphrase|token|credential|private|(access|account|encryption).?key/;

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

function parameterSetting(driver: string, path: string, schema: z.ZodType): Setting {
  return {
    schema,
    ofDriver: driver,
    about: schema.description ?? aboutParameters[path] ?? "",
    secret: schema.meta()?.secret === true || isSecretName(path),
    ...(isMap(schema) && { below: { joinedBy: "_" } as const }),
  };
}

function isMap(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodPipe) return isMap(schema.out as z.ZodType);
  if (schema instanceof z.ZodOptional) return isMap(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodObject;
}

function levelAt(root: Level, path: string): Level {
  let level = root;
  for (const key of path.split(".")) {
    let child = level.children.get(key);
    if (!child) {
      child = { path: level.path === "" ? key : `${level.path}.${key}`, children: new Map() };
      level.children.set(key, child);
    }
    level = child;
  }
  return level;
}
