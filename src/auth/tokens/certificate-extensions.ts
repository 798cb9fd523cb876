/** RFC 5280 section 4.2: what a certificate may be used for. */
import type { X509Certificate } from "node:crypto";
import { type DerValue, readDer } from "./der.ts";

export interface Extensions {
  /** How many authorities may follow below this one. */
  readonly pathLength: number | undefined;
  /** Absent: for everything. */
  readonly mayVouch: boolean | undefined;
  readonly maySign: boolean | undefined;
  /** Whether it says something that must be understood, and is not. */
  readonly hasUnknownCritical: boolean;
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
/** [3] of TBSCertificate. */
const EXTENSIONS = 0xa3;

const BASIC_CONSTRAINTS = "551d13";
const KEY_USAGE = "551d0f";
/** Understood, or without meaning for who signs tokens: key usages, names of the subject, identifiers of keys, policies. */
const KNOWN = new Set([BASIC_CONSTRAINTS, KEY_USAGE, "551d25", "551d11", "551d0e", "551d23", "551d20"]);

const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** Throws `RangeError` for what is no certificate. */
export function extensionsOf(certificate: X509Certificate): Extensions {
  const extensions = listExtensions(certificate.raw);
  const valueOfKind = (oid: string) => extensions.find((extension) => extension.oid === oid)?.value;
  const usage = valueOfKind(KEY_USAGE);
  const bits = usage === undefined ? undefined : (only(readDer(usage)).content[1] ?? 0);
  return {
    pathLength: pathLengthIn(valueOfKind(BASIC_CONSTRAINTS)),
    mayVouch: bits === undefined ? undefined : (bits & KEY_CERT_SIGN) !== 0,
    maySign: bits === undefined ? undefined : (bits & DIGITAL_SIGNATURE) !== 0,
    hasUnknownCritical: extensions.some(({ oid, critical }) => critical && !KNOWN.has(oid)),
  };
}

interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

function listExtensions(raw: Buffer): Extension[] {
  const [toBeSigned] = readDer(only(readDer(raw)).content);
  const fields = readDer(toBeSigned?.content ?? Buffer.alloc(0));
  const wrapper = fields.find(({ tag }) => tag === EXTENSIONS);
  if (wrapper === undefined) return [];
  return readDer(only(readDer(wrapper.content)).content).map(({ content }) => {
    const [oid, ...rest] = readDer(content);
    const value = rest.at(-1);
    if (oid === undefined || value === undefined) throw new RangeError("an extension has a name and a value");
    return { oid: oid.content.toString("hex"), critical: rest.some(isTrue), value: value.content };
  });
}

function pathLengthIn(constraints: Buffer | undefined): number | undefined {
  if (constraints === undefined) return undefined;
  const length = readDer(only(readDer(constraints)).content).find(({ tag }) => tag === INTEGER);
  return length && Number.parseInt(length.content.toString("hex") || "0", 16);
}

const isTrue = ({ tag, content }: DerValue): boolean => tag === BOOLEAN && content[0] !== 0;

function only([first, ...others]: readonly DerValue[]): DerValue {
  if (first === undefined || others.length > 0) throw new RangeError("one value was expected");
  return first;
}
