/** What the tests read of a JUnit report, as Go's encoder writes it: attributes quoted, text escaped. */

export interface JunitReport {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly failed: readonly JunitCase[];
  readonly skipped: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  readonly reason: string;
}

const SHOWN_CHARACTERS = 2000;

export function readJunit(xml: string): JunitReport {
  const suite = attributesOf(/<testsuite\s([^>]*)>/.exec(xml)?.[1] ?? "");
  const cases = [...xml.matchAll(/<testcase\s([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)].map(
    ([, attributes = "", body = ""]) => ({ attributes: attributesOf(attributes), body }),
  );
  const having = (...statuses: readonly string[]) =>
    cases
      .filter(({ attributes: { status = "" } }) => statuses.includes(status))
      .map(({ attributes: { name = "" }, body }) => ({ name, reason: textOf(body).slice(0, SHOWN_CHARACTERS) }));
  return {
    tests: Number(suite.tests),
    failures: Number(suite.failures),
    errors: Number(suite.errors),
    failed: having("failure", "error"),
    skipped: having("skipped"),
  };
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, unescapeXml(value)]),
  );
}

function textOf(xml: string): string {
  return unescapeXml(xml.replaceAll(/<[^>]*>/g, ""))
    .replaceAll(/\s+/g, " ")
    .trim();
}

function unescapeXml(text: string): string {
  return text
    .replaceAll(/&#x([0-9A-F]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
