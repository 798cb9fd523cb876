import { allNamesAreHere } from "../../support/names.ts";
import { ossSubject } from "../../support/oss.ts";
import { PARTS_ARE_REPLACED } from "../../support/s3.ts";
import { Bucket } from "../../support/s3-double/bucket.ts";
import { OSS } from "../../support/s3-double/profiles.ts";
import { startS3Double } from "../../support/s3-double/server.ts";
import { conditionalWrites } from "./conditional.ts";
import { copies } from "./copies.ts";
import { runContract } from "./harness.ts";
import { keys } from "./keys.ts";
import { multipart } from "./multipart.ts";
import { presigned } from "./presigned.ts";

allNamesAreHere();

/** What is not the same code as for S3, and what the store is particular about. */
const CHAPTERS = [keys, multipart, copies, conditionalWrites, presigned];

const open = async () => {
  const double = await startS3Double(OSS);
  const bucket = new Bucket();
  double.buckets.set("registry-data", bucket);
  const subject = await ossSubject(double, "registry-data");
  return {
    ...subject,
    deviations: PARTS_ARE_REPLACED,
    leftovers: async () => [...bucket.uploads.keys()],
    async close() {
      await subject.close();
      await double.close();
    },
  };
};

runContract("oss on its double", open, CHAPTERS);
