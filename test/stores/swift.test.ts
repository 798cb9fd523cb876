import { driverContract } from "../contract/driver/suite.ts";
import { COPY_PART_SIZE, swiftLarge } from "../contract/driver/swift-large.ts";
import { swiftWire } from "../contract/driver/swift-wire.ts";
import { storeServer } from "../support/stores.ts";
import { swiftSubject } from "../support/swift.ts";
import { SWIFT } from "./servers.ts";

const authurl = await storeServer(SWIFT);
if (authurl) {
  const credentials = { authurl, username: "test:tester", password: "testing" };
  driverContract("swift with TempAuth", () => swiftSubject(credentials));
  swiftLarge("swift with TempAuth", () => swiftSubject(credentials, { copyPartSize: COPY_PART_SIZE }));
  swiftWire("swift with TempAuth", async () => ({ credentials, close: async () => {} }));
}
