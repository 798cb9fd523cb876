import { gcsSubject, startDouble } from "../../support/gcs.ts";
import { driverContract } from "./suite.ts";

driverContract("gcs", async () => {
  const double = await startDouble();
  const subject = await gcsSubject(double.url);
  return {
    ...subject,
    async close() {
      await subject.close();
      await double.stop();
    },
  };
});
