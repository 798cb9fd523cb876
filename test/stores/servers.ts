import type { StoreServer } from "../support/stores.ts";

/** The least bytes of a part, as Ceph and Swift are configured here: what OSS takes, where S3 itself wants 5 MiB. */
export const SHORT_PART = 100 * 1024;

export const CEPH: StoreServer = {
  name: "Ceph RGW",
  variable: "MOORAGE_TEST_RGW",
  script: "ceph-up.sh",
  programs: ["radosgw", "ceph-mon", "ceph-osd", "ceph", "curl"],
};

/** For more than fits into memory. */
export const CEPH_ON_DISK: StoreServer = {
  ...CEPH,
  name: "Ceph RGW, on disk",
  variable: "MOORAGE_TEST_RGW_ON_DISK",
  script: "ceph-disk-up.sh",
};

export const VERSITY: StoreServer = {
  name: "Versity S3 Gateway",
  variable: "MOORAGE_TEST_VERSITYGW",
  script: "versitygw-up.sh",
  programs: ["versitygw"],
};

const SWIFT_PROGRAMS = [
  "swift-proxy-server",
  "swift-account-server",
  "swift-container-server",
  "swift-object-server",
  "memcached",
  "curl",
];

export const SWIFT: StoreServer = {
  name: "OpenStack Swift",
  variable: "MOORAGE_TEST_SWIFT",
  script: "swift-up.sh",
  programs: SWIFT_PROGRAMS,
};

export const KEYSTONE: StoreServer = {
  name: "OpenStack Swift with Keystone",
  variable: "MOORAGE_TEST_KEYSTONE",
  script: "keystone-up.sh",
  programs: [...SWIFT_PROGRAMS, "keystone-manage"],
};

export const FAKE_GCS: StoreServer = {
  name: "fake-gcs-server",
  variable: "MOORAGE_TEST_GCS",
  script: "fake-gcs-up.sh",
  programs: ["fake-gcs-server"],
};
