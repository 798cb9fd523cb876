import type { StoreServer } from "../support/stores.ts";

export const CEPH: StoreServer = {
  name: "Ceph RGW",
  variable: "MOORAGE_TEST_RGW",
  script: "ceph-up.sh",
  programs: ["radosgw", "ceph-mon", "ceph-osd", "ceph", "curl"],
};

export const VERSITY: StoreServer = {
  name: "Versity S3 Gateway",
  variable: "MOORAGE_TEST_VERSITYGW",
  script: "versitygw-up.sh",
  programs: ["versitygw"],
};
