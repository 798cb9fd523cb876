import { driverContract } from "../contract/driver/suite.ts";
import { storeServer } from "../support/stores.ts";
import { swiftSubject } from "../support/swift.ts";
import { KEYSTONE } from "./servers.ts";

const authurl = await storeServer(KEYSTONE);
if (authurl) {
  const credentials = {
    authurl,
    username: "registry",
    password: "registrysecret",
    domain: "Default",
    tenant: "registry",
  };
  driverContract("swift with Keystone", () => swiftSubject(credentials));
}
