/** What an operator can do about it. */
import type { Failure } from "./errors.ts";

const ADVICE: readonly (readonly [said: RegExp, advice: string])[] = [
  [/bucket does not exist/i, "create the bucket, or correct storage.gcs.bucket"],
  [/Could not load the default credentials/i, "set storage.gcs.keyfile, or give this machine a service account"],
  [/invalid_grant/, "check the key of storage.gcs, and this machine's clock"],
  [/storage\.objects\.\w+ access/, "give the service account the role Storage Object User on the bucket"],
  [/signBlob|iam\.serviceAccounts/, "give the service account the role Service Account Token Creator on itself"],
  [/client_email/, "these credentials cannot sign: use a service account"],
  [/billing/i, "the project has no billing account"],
];

export function adviceFor({ status, message }: Failure): string | undefined {
  const found = ADVICE.find(([said]) => said.test(message))?.[1];
  if (found !== undefined) return found;
  if (status === 401) return "check the credentials of storage.gcs";
  return status === 403 ? "check the permissions of the service account" : undefined;
}
