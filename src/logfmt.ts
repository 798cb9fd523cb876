/** One line of text for a message, in the form that distribution's users grep: `time="…" level=info msg="…" key=value`. */

type Fields = Readonly<Record<string, unknown>>;

const PLAIN = /^[\w./:@^+-]+$/;

export function formatLogfmt(
  { time, level, msg, ...fields }: Fields,
  levelNames: Readonly<Record<number, string>>,
): string {
  const head = {
    time: new Date(Number(time)).toISOString(),
    level: levelNames[Number(level)] ?? String(level),
    msg: msg ?? "",
  };
  const pairs = [...Object.entries(head), ...Object.entries(fields).flatMap(([key, value]) => flatten(key, value))];
  return `${pairs.map(([key, value]) => `${key}=${quote(value)}`).join(" ")}\n`;
}

/** A serialised error reads best as its message, with the stack where it cannot be overlooked. */
function flatten(key: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[key, value]];
  const { message, stack } = value as { readonly message?: unknown; readonly stack?: unknown };
  if (typeof stack !== "string") return [[key, JSON.stringify(value)]];
  return [
    [key, message],
    [`${key}.stack`, stack],
  ];
}

function quote(value: unknown): string {
  const text = String(value);
  return PLAIN.test(text) ? text : JSON.stringify(text);
}
