/** What the driver does for OSS, bucket in the host name included, on a real store of the same protocol. */
import { randomUUID } from "node:crypto";
import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { allNamesAreHere } from "../support/names.ts";
import { openOss, ossSubject } from "../support/oss.ts";
import { createBucket } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH_DEVIATIONS, PARTS_ARE_SHARED } from "./deviations.ts";
import { realStore } from "./registry.ts";
import { CEPH } from "./servers.ts";

allNamesAreHere();

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  const bucket = await createBucket(account);
  driverContract("oss on Ceph RGW", async () => ({
    ...(await ossSubject(account, await createBucket(account))),
    deviations: CEPH_DEVIATIONS,
  }));

  const open = () => openOss(account, bucket, { root: `${randomUUID()}/` });
  // Nobody can list the uploads of OSS.
  const openUploads = async () => [];
  registryContract("oss on Ceph RGW", realStore({ open, openUploads, deviations: PARTS_ARE_SHARED }));
}
