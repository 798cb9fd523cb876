import { PARTS_ARE_REPLACED, s3Subject } from "../../support/s3.ts";
import { AWS } from "../../support/s3-double/profiles.ts";
import { startS3Double } from "../../support/s3-double/server.ts";
import { driverContract } from "./suite.ts";

driverContract("s3 on its double", async () => {
  const double = await startS3Double(AWS);
  const subject = await s3Subject(double);
  const close = async () => {
    await subject.close();
    await double.close();
  };
  return { ...subject, close, deviations: PARTS_ARE_REPLACED };
});
