/** Shared access signatures: what lets a bearer read one blob. */
import {
  BlobSASPermissions,
  type BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  type StorageSharedKeyCredential,
  type UserDelegationKey,
} from "@azure/storage-blob";

export interface SignatureRequest {
  readonly blobName: string;
  readonly expiresOn: Date;
  readonly contentType?: string | undefined;
}

export interface Signer {
  /** The query of a URL. */
  sign(request: SignatureRequest): Promise<string>;
}

/** What signatures are about. */
export interface Subject {
  readonly service: BlobServiceClient;
  readonly containerName: string;
}

export function sharedKeySigner(subject: Subject, credential: StorageSharedKeyCredential): Signer {
  return {
    sign: async (request) => generateBlobSASQueryParameters(valuesOf(subject, request), credential).toString(),
  };
}

/** Signs with a key that Azure hands to the identity for a while. It outlives what it signs. */
export function delegationSigner(subject: Subject, now: () => number = Date.now): Signer {
  let current: Promise<UserDelegationKey> | undefined;
  let currentExpires = 0;

  const renew = (): Promise<UserDelegationKey> => {
    const expires = now() + KEY_LIFE;
    const key = subject.service.getUserDelegationKey(new Date(now() - SKEW), new Date(expires));
    current = key;
    currentExpires = expires;
    key.catch(() => {
      if (current === key) current = undefined;
    });
    return key;
  };
  // One request for all who wait, so nobody's signal may end it.
  const keyUntil = (time: number) => (current && time + SKEW <= currentExpires ? current : renew());

  return {
    async sign(request) {
      const key = await keyUntil(request.expiresOn.getTime());
      return generateBlobSASQueryParameters(valuesOf(subject, request), key, subject.service.accountName).toString();
    },
  };
}

const HOUR = 3_600_000;
/** The longest life of a signature. */
export const LONGEST_LIFE = 24 * HOUR;
const KEY_LIFE = 2 * LONGEST_LIFE;
const SKEW = HOUR / 4;

/** Without a start: a clock that is a little ahead would make it useless at first. */
function valuesOf({ service, containerName }: Subject, { blobName, expiresOn, contentType }: SignatureRequest) {
  return {
    containerName,
    blobName,
    permissions: BlobSASPermissions.from({ read: true }),
    expiresOn,
    protocol: service.url.startsWith("https:") ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
    ...(contentType === undefined ? {} : { contentType }),
  };
}
