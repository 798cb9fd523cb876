/** Takes secrets out of texts: libraries and stores quote in their errors what they were told. */

export type Redaction = (text: string) => string;

const MASK = "***";

/** As they are, and as they look in JSON and in URLs. */
export function createRedaction(secrets: readonly string[]): Redaction {
  const forms = new Set(secrets.flatMap(formsOf));
  if (forms.size === 0) return (text) => text;
  // The longest first: one may begin another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((form) => RegExp.escape(form)).join("|"), "g");
  return (text) => text.replace(pattern, MASK);
}

function formsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const twiceInJson = JSON.stringify(inJson).slice(1, -1);
  return [secret, inJson, twiceInJson, encodeURIComponent(secret.toWellFormed())];
}
