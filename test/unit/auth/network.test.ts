import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "../../../src/auth/network.ts";

const cases: readonly (readonly [string, string])[] = [
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::1", "0:0:0:0::/64"],
  ["2001:DB8::1", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["", ""],
  ["unix", "unix"],
];

for (const [address, network] of cases)
  test(`${address} → ${network}`, () => assert.equal(networkOf(address), network));
