import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueCertificate } from "../../support/certificates.ts";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Files with one that signs itself, as the tutorials make them. */
export async function makeCertificate(
  directory: string,
  names: readonly string[],
  file = "registry",
): Promise<Certificate> {
  const [certificate, key] = [join(directory, `${file}.crt`), join(directory, `${file}.key`)];
  const { pem, keyPem } = issueCertificate({ name: names[0] ?? "", hosts: names, ca: true });
  await writeFile(key, keyPem);
  await writeFile(certificate, pem);
  return { certificate, key };
}
