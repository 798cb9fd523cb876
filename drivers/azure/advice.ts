/** What an operator can do about it. */
import type { Failure } from "./errors.ts";

const ADVICE: readonly (readonly [said: RegExp, advice: string])[] = [
  [/^ContainerNotFound/, "create the container, or correct storage.azure.container"],
  [/^(ResourceNotFound|AccountNotFound|ENOTFOUND)/, "correct storage.azure.accountname, realm or serviceurl"],
  [/Request date header too old|not yet valid|InvalidRequestDate|clock/i, "set this machine's clock"],
  [/^KeyBasedAuthenticationNotPermitted/, "the account takes no keys: use another storage.azure.credentials.type"],
  [
    /^AuthorizationPermissionMismatch/,
    "give the identity the role Storage Blob Data Contributor on the storage account or the container",
  ],
  [/^AuthorizationFailure/, "check the key, and whether the account's network rules let this machine in"],
  [/^AuthenticationFailed|MAC signature/, "correct storage.azure.accountkey, and check this machine's clock"],
  [/^InvalidAuthenticationInfo/, "check the tenant of storage.azure.credentials"],
  [
    /^(CredentialUnavailable|AggregateAuthentication)/,
    "no credentials were found: see the driver's README for where they come from",
  ],
  [/network_error/, "check that this machine reaches Microsoft's login service"],
  [/^Authentication(Required)?Error/, "correct storage.azure.credentials"],
  [/^BlobArchived|^BlobBeingRehydrated/, "move the blob to an online access tier"],
  [/^InvalidBlobType/, "the blob is neither a block blob nor an append blob"],
];

export function adviceFor({ code, name, message }: Failure): string | undefined {
  const texts = [code, name, message];
  return ADVICE.find(([said]) => texts.some((text) => said.test(text)))?.[1];
}
