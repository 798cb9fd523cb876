/** The chapters in which stores that speak like S3 differ from it. */
import { CEPH_DEVIATIONS } from "../../stores/deviations.ts";
import { PARTS_ARE_REPLACED, s3Subject } from "../../support/s3.ts";
import { CEPH, type Profile, R2 } from "../../support/s3-double/profiles.ts";
import { startS3Double } from "../../support/s3-double/server.ts";
import { conditionalWrites } from "./conditional.ts";
import { runContract, type Subject } from "./harness.ts";
import { multipart } from "./multipart.ts";

function openOn(profile: Profile, deviations: Subject["deviations"]): () => Promise<Subject> {
  return async () => {
    const double = await startS3Double(profile);
    const subject = await s3Subject(double);
    const close = async () => {
      await subject.close();
      await double.close();
    };
    return { ...subject, close, deviations };
  };
}

runContract("s3 on a double like Ceph", openOn(CEPH, CEPH_DEVIATIONS), [multipart, conditionalWrites]);
runContract("s3 on a double like R2", openOn(R2, PARTS_ARE_REPLACED), [multipart, conditionalWrites]);
