/** The kinds of values that settings have. Each says, when it does not understand, what would be right. */
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import * as z from "zod";
import { parseTcpAddress } from "./address.ts";
import { parseDuration } from "./duration.ts";
import { isUnchangeable } from "./unchangeable.ts";

/** One setting: what it accepts, and what the documentation says about it. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** One sentence. */
  readonly about: string;
  readonly secret?: boolean;
  /** The storage driver whose parameter it is. */
  readonly ofDriver?: string;
  /** What a variable may address below it: `…_0` in a list, `…_X_FRAME_OPTIONS` in a map, whose words are joined so. */
  readonly below?: "list" | { readonly joinedBy: "-" | "_" };
  /** Something that the user should know about an accepted value. */
  readonly advice?: (value: unknown) => string | undefined;
}

export const setting = <Schema extends z.ZodType>(
  schema: Schema,
  about: string,
  more: Omit<Setting, "schema" | "about"> = {},
): Setting<Schema> => ({ schema, about, ...more });

/** What one function reads. What it throws is what the user sees. */
const read = <T>(parse: (value: unknown) => T) =>
  z.unknown().transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });

/** `read`, for text only. */
export const readText = <T>(expected: string, parse: (text: string) => T) =>
  read((value) => {
    if (typeof value !== "string" || value === "") throw new RangeError(expected);
    return parse(value);
  });

export const text = (expected = "write a text") => readText(expected, (value) => value);

export const version = () =>
  read((value) => {
    if (String(value) !== "0.1") throw new RangeError("write version: 0.1");
    return "0.1" as const;
  });

export const choice = <const Names extends readonly string[]>(...names: Names) =>
  readText(oneOf(names), (value): Names[number] => {
    const name = names.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (name === undefined) throw new RangeError(oneOf(names));
    return name;
  });

const oneOf = (names: readonly string[]): string => `write ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

/** YAML 1.1 calls `yes`, `no`, `on` and `off` booleans, YAML 1.2 does not; and Compose files quote `"true"`. */
const YES = new Set<unknown>([true, "true", "yes", "y", "on"]);
const NO = new Set<unknown>([false, "false", "no", "n", "off"]);

export const toFlag = (value: unknown): boolean | undefined => {
  const known = typeof value === "string" ? value.toLowerCase() : value;
  return YES.has(known) ? true : NO.has(known) ? false : undefined;
};

export const flag = () =>
  read((value) => {
    const known = toFlag(value);
    if (known === undefined) throw new RangeError("write true or false");
    return known;
  });

export const count = ({ from }: { readonly from: number }) =>
  read((value) => {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= from) return number;
    throw new RangeError(`write a whole number, ${from} or more`);
  });

export const workers = () =>
  read((value) => {
    if (value === "auto") return availableParallelism();
    const number = Number(value);
    if (value === "" || !Number.isInteger(number) || number < 1 || number > 256) {
      throw new RangeError("write a number of processes, 1 or more, or auto");
    }
    return number;
  });

/** Milliseconds. */
export const duration = ({
  shortest = 0,
  longest = Number.MAX_SAFE_INTEGER,
}: {
  readonly shortest?: number;
  readonly longest?: number;
} = {}) =>
  read((value) => {
    const milliseconds = parseDuration(value);
    if (milliseconds < shortest) throw new RangeError(`write a duration of at least ${shortest / 1000}s`);
    if (milliseconds > longest) throw new RangeError(`write a duration of at most ${Math.floor(longest / 3_600_000)}h`);
    return milliseconds;
  });

export const adviseOnDuration = (value: unknown): string | undefined =>
  typeof value === "number" && value !== 0
    ? `a number without a unit counts nanoseconds, as in distribution; write ${value}s if seconds are meant`
    : undefined;

export const tcpAddress = () =>
  readText("write an address such as :5000, 127.0.0.1:5000 or [::1]:5000", parseTcpAddress);

/** One value stands for a list of one. */
export const listOf = <Item extends z.ZodType>(item: Item, { separatedBy }: { readonly separatedBy?: RegExp } = {}) =>
  z.preprocess((value) => {
    if (value === undefined || Array.isArray(value)) return value;
    return typeof value === "string" && separatedBy ? value.split(separatedBy).filter(Boolean) : [value];
  }, z.array(item));

/** Go's regular expressions, as far as JavaScript has them. What it would read differently is refused, by its `u` mode. */
export const pattern = () =>
  readText("write a regular expression", (source) => {
    const [, flags = "", body = ""] = /^(?:\(\?([is]+)\))?(.*)$/s.exec(source) ?? [];
    try {
      return new RegExp(body.replaceAll("(?P<", "(?<"), `u${flags}`);
    } catch (error) {
      throw new RangeError(`write a regular expression (${(error as Error).message})`);
    }
  });

/** `https://registry.example.com`, without a path. */
export const origin = () =>
  readText("write an absolute URL such as https://registry.example.com", (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !["http:", "https:"].includes(url.protocol)) {
      throw new RangeError("write an absolute URL such as https://registry.example.com");
    }
    return url.origin;
  });

/** `/path/`, or `/` for none. */
export const pathPrefix = () =>
  readText("write a path such as /registry/", (value) => {
    const segments = value.split("/").filter(Boolean);
    if (!segments.every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment) && !/^\.+$/.test(segment))) {
      throw new RangeError("write a path such as /registry/");
    }
    return segments.length === 0 ? "/" : `/${segments.join("/")}/`;
  });

const NETWORK_NAMES = new Set(["loopback", "linklocal", "uniquelocal"]);

const LONGEST_PREFIX: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** An address, a CIDR block, or one of the names that Express knows. */
export const network = () => {
  const expected = "write an address, a block such as 10.0.0.0/8, or loopback, linklocal or uniquelocal";
  return readText(expected, (value) => {
    if (NETWORK_NAMES.has(value.toLowerCase())) return value.toLowerCase();
    const [, address = "", bits = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
    const longest = LONGEST_PREFIX[isIP(address)];
    if (longest === undefined || Number(bits) > longest) throw new RangeError(expected);
    return value;
  });
};

/** OpenID Connect Discovery 1.0 section 2: `https://gitlab.example.com`, as it stands in tokens. */
export const issuerUrl = () => {
  const expected = "write the URL of an issuer, such as https://token.actions.githubusercontent.com";
  return readText(expected, (value) => {
    const url = URL.parse(value);
    if (url === null || /[?#@]/.test(value)) throw new RangeError(expected);
    if (!isUnchangeable(url)) throw new RangeError("write an https URL: whoever can change its keys can sign tokens");
    return value;
  });
};

/** A file, or a URL that nobody on the way can change. */
export type KeySetLocation =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "url"; readonly url: string };

export const keySet = () =>
  readText("write a file, or a URL such as https://tokens.example.com/jwks.json", (value): KeySetLocation => {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return { kind: "file", path: value };
    if (!URL.canParse(value) || !isUnchangeable(new URL(value))) {
      throw new RangeError("write an https URL: whoever can change the keys on their way can sign tokens");
    }
    return { kind: "url", url: value };
  });
