import { driverContract } from "../contract/driver/suite.ts";
import { storeServer } from "../support/stores.ts";
import { swiftSubject } from "../support/swift.ts";
import { SWIFT } from "./servers.ts";

const authurl = await storeServer(SWIFT);
if (authurl)
  driverContract("swift with TempAuth", () => swiftSubject({ authurl, username: "test:tester", password: "testing" }));
