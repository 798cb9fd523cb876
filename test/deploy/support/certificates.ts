import { join } from "node:path";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Self-signed, as the tutorials make them. */
export async function makeCertificate(
  directory: string,
  names: readonly string[],
  file = "registry",
): Promise<Certificate> {
  const [certificate, key] = [join(directory, `${file}.crt`), join(directory, `${file}.key`)];
  const subjects = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(",");
  await run(toolPath("openssl"), [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", "2"],
    ...["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${subjects}`, "-keyout", key, "-out", certificate],
  ]);
  return { certificate, key };
}
