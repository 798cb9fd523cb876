/** Of the contract, what single stores cannot keep. */
import { PARTS_ARE_REPLACED } from "../support/s3.ts";

/** Of the registry's suite, wherever PARTS_ARE_REPLACED. */
export const PARTS_ARE_SHARED = {
  "of several chunks for one place exactly one is taken, also behind parts":
    "they write the same parts, and the later one's stay: the end of the other's upload is told 503",
};

export const SWIFT_REGISTRY_DEVIATIONS = {
  "several whole blobs at once: 201 each": "of writers of one large object all but one leave their segments",
};

const EXACTLY = "Ceph completes an upload only with all the parts that it has";

export const CEPH_DEVIATIONS = {
  ...PARTS_ARE_REPLACED,
  "parts without a receipt are dropped": EXACTLY,
  "what no store could put together is refused, and may be corrected": EXACTLY,
  "a completed upload is gone": "Ceph answers a second completion as it did the first",
};

export const VERSITY_DEVIATIONS = {
  ...PARTS_ARE_REPLACED,
  "a put holds its own against deletes of its neighbours": "a deletion takes the directory away from under a put",
  "odd names are names": "U+FFFF is listed as another character",
  "a completed upload is gone": "a second completion is answered as the first was, whatever the parts",
  "every write makes an object young": "a copy of an object onto itself leaves its date",
};

export const SWIFT_S3_DEVIATIONS = {
  ...PARTS_ARE_REPLACED,
  "a completed upload is gone": "Swift answers a second completion as it did the first",
  "a signed URL for another object, or none, is worth nothing": "Swift answers 400 to whoever does not sign",
};
