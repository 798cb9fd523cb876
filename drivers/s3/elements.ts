import type { IncomingMessage } from "node:http";
import { SaxesParser } from "saxes";

/** Texts by the names of their elements. */
export type Fields = Partial<Record<string, string>>;

export interface Elements {
  /** In the root element. */
  readonly top: Fields;
  /** By name, what is in those elements of the root that have elements themselves. */
  readonly groups: ReadonlyMap<string, readonly Fields[]>;
}

/** Reads an XML document as it comes, as deep as answers of S3 are. Rejects when it is no whole document. */
export async function readElements(answer: IncomingMessage): Promise<Elements> {
  const top: Fields = {};
  const groups = new Map<string, Fields[]>();
  let depth = 0;
  let text = "";
  let fields: Fields | undefined;

  const parser = new SaxesParser();
  parser.on("error", ({ message }) => {
    throw Object.assign(new Error(`the answer is no XML document, ${message}`), { name: "MalformedAnswer" });
  });
  parser.on("opentag", () => {
    depth++;
    text = "";
    if (depth === 2) fields = undefined;
  });
  parser.on("text", (more) => {
    text += more;
  });
  parser.on("closetag", ({ name }) => {
    if (depth === 3) {
      fields ??= {};
      fields[name] = text;
    } else if (depth === 2 && fields) {
      const group = groups.get(name);
      if (group) group.push(fields);
      else groups.set(name, [fields]);
    } else if (depth === 2) top[name] = text;
    depth--;
  });
  for await (const chunk of answer.setEncoding("utf8")) parser.write(chunk);
  parser.close();
  return { top, groups };
}
