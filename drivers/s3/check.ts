/** Whether the bucket can be worked with. An operator reads what this rejects with, so it says what to do. */
import { DriverError } from "../errors.ts";
import { failureOf, s3Error } from "./errors.ts";
import { askListing } from "./listing.ts";
import { openObject } from "./read.ts";
import type { Store } from "./store.ts";

/** Both of the trees that a policy may be limited to. */
const TREES: readonly string[] = ["moorage/", "docker/registry/v2/"];
/** Nothing is ever stored there. */
const ABSENT = "moorage/absent";

export type Check = (signal: AbortSignal | undefined) => Promise<void>;

/** Thorough until it has succeeded once: permissions that were there do not get lost every few seconds. */
export function createCheck(store: Store): Check {
  let passed = false;
  return async (signal) => {
    if (!passed) await checkPermissions(store, signal);
    else if (await isDenied(lookForAbsent(store, ABSENT, signal))) throw mayNotRead(store, ["moorage/"]);
    passed = true;
  };
}

async function checkPermissions(store: Store, signal: AbortSignal | undefined): Promise<void> {
  const [lists, reads] = await Promise.all([
    deniedTrees((tree) => list(store, tree, signal)),
    deniedTrees((tree) => lookForAbsent(store, `${tree}absent`, signal)),
  ]);
  if (lists.length > 0) throw mayNotList(store, lists);
  if (reads.length > 0) throw mayNotRead(store, reads);
}

async function deniedTrees(attempt: (tree: string) => Promise<void>): Promise<readonly string[]> {
  const denied = await Promise.all(TREES.map((tree) => isDenied(attempt(tree))));
  return TREES.filter((_, index) => denied[index]);
}

async function isDenied(attempt: Promise<void>): Promise<boolean> {
  try {
    await attempt;
    return false;
  } catch (error) {
    if (failureOf(error).code === "AccessDenied") return true;
    throw s3Error("check", undefined, error);
  }
}

/**
 * One call that proves much: the store answers, knows the credentials and the bucket, and says "not there" of what is not
 * there. AWS says "denied" instead to those who may not list, and then nothing could ever be found absent. Not a HEAD,
 * which cannot tell an absent object from an absent bucket.
 */
async function lookForAbsent(store: Store, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const body = await openObject(store, key, undefined, signal);
    await body.discard();
  } catch (error) {
    if (failureOf(error).code !== "NoSuchKey") throw error;
  }
}

/** Of Ceph's gateway: transaction, time, instance and zone. Nobody else's has four parts. */
const REQUEST_OF_CEPH = /^tx[0-9a-f]{20,}-[0-9a-f]+-[0-9a-f]+-.+$/;

async function list(store: Store, tree: string, signal: AbortSignal | undefined): Promise<void> {
  const { requestId } = await askListing(store, { Prefix: store.settings.root + tree, MaxKeys: 1 }, signal);
  store.seen.isCeph = REQUEST_OF_CEPH.test(requestId ?? "");
}

function mayNotList({ settings }: Store, trees: readonly string[]): DriverError {
  const everywhere = trees.length === TREES.length;
  const where = everywhere ? "" : ` below ${placesOf(settings, trees)}`;
  const condition = everywhere ? "" : " without a condition on the prefix";
  return denied(
    `these credentials may not list the bucket${where}: the policy must allow s3:ListBucket for arn:aws:s3:::${settings.bucket}${condition}. ` +
      "Without it there are no lists of tags and repositories, and S3 answers 403 instead of 404 for what is not there",
  );
}

function mayNotRead({ settings }: Store, trees: readonly string[]): DriverError {
  const places = placesOf(settings, trees);
  if (trees.length === TREES.length) {
    return denied(
      `these credentials may not read below ${places}, or may list only some prefixes: the policy must allow s3:GetObject for ` +
        `arn:aws:s3:::${settings.bucket}/${settings.root}*, and s3:ListBucket for arn:aws:s3:::${settings.bucket} without a condition on the prefix`,
    );
  }
  return denied(
    `these credentials may not read below ${places}: the policy must allow s3:GetObject, s3:PutObject, s3:DeleteObject and ` +
      `s3:AbortMultipartUpload for arn:aws:s3:::${settings.bucket}/${settings.root}*. One that was made for distribution may cover only ` +
      "docker/registry/; uploads on their way are below moorage/",
  );
}

function placesOf({ root }: Store["settings"], trees: readonly string[]): string {
  return trees.map((tree) => root + tree).join(" and ");
}

const denied = (message: string) => new DriverError("denied", "check", { message });
