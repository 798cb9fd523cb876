/** The keys that sign our tokens: from files, as they are now, or derived from the secret that replicas share. */
import { deriveSigningKey, parseSigningKey, type SigningKey } from "./auth/tokens/signing-key.ts";
import type { TokenServiceConfig } from "./config/auth.ts";
import type { Log, Runtime } from "./runtime.ts";
import { type Watched, watchFiles } from "./watched-files.ts";

/** Rejects `ExplainedError` for files that are not there, or make no sense. */
export async function openSigningKeys(
  { keyFiles, keyIdForm }: Pick<TokenServiceConfig, "keyFiles" | "keyIdForm">,
  secrets: readonly string[],
  services: { readonly runtime: Runtime; readonly log: Log },
): Promise<Watched<readonly SigningKey[]>> {
  if (keyFiles.length === 0) {
    const keys = secrets.map((secret) => deriveSigningKey(secret, keyIdForm));
    return { current: keys, generation: 0, close() {} };
  }
  const parse = (contents: readonly Buffer[]) => {
    const keys = contents.map((content, index) => parseFile(content, keyFiles[index] ?? "", keyIdForm));
    if (keys[0]?.privateKey === undefined)
      throw new RangeError(`${keyFiles[0]} has no private key, and the first one signs`);
    return keys;
  };
  return await watchFiles({ what: "the keys of auth.tokenservice.keyfiles", paths: keyFiles, parse }, services);
}

function parseFile(content: Buffer, path: string, form: TokenServiceConfig["keyIdForm"]): SigningKey {
  try {
    return parseSigningKey(content.toString("utf8"), form);
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${path}: ${error.message}`);
    throw error;
  }
}
