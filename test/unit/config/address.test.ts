import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddress, parseTcpAddress } from "../../../src/config/address.ts";

test("every interface", () => assert.deepEqual(parseTcpAddress(":5000"), { kind: "tcp", host: undefined, port: 5000 }));
test("a name", () => assert.deepEqual(parseTcpAddress("localhost:0"), { kind: "tcp", host: "localhost", port: 0 }));
test("IPv6 in brackets", () => assert.deepEqual(parseTcpAddress("[::1]:443"), { kind: "tcp", host: "::1", port: 443 }));

for (const wrong of [
  "",
  "5000",
  ":",
  ":65536",
  ":-1",
  "::1:5000",
  "[::1]",
  "[x]:1",
  "http://a:1",
  "a b:1",
  ":5000/",
  "*:1",
]) {
  test(`${JSON.stringify(wrong)} is no address`, () => assert.throws(() => parseTcpAddress(wrong), /write an address/));
}

test("a socket is written as its path", () => assert.equal(formatAddress({ kind: "unix", path: "/run/x" }), "/run/x"));

test("what is written is read back", () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constant(undefined));
  fc.assert(
    fc.property(host, fc.nat({ max: 65_535 }), (name, port) => {
      const address = { kind: "tcp", host: name, port } as const;
      assert.deepEqual(parseTcpAddress(formatAddress(address)), address);
    }),
  );
});
