import { swiftSubject } from "../../support/swift.ts";
import type { SwiftCredentials } from "../../support/swift-account.ts";
import { OWNER, startSwiftDouble } from "../../support/swift-double/server.ts";
import { driverContract } from "./suite.ts";
import { COPY_PART_SIZE, swiftLarge } from "./swift-large.ts";
import { swiftWire } from "./swift-wire.ts";

const double = async (authurl: "v1" | "v3" = "v1") => {
  const { endpoint, close } = await startSwiftDouble();
  const { name: username, password } = OWNER;
  const credentials: SwiftCredentials =
    authurl === "v1"
      ? { authurl: `${endpoint}/auth/v1.0`, username, password }
      : { authurl: `${endpoint}/v3`, username, password, domain: "Default", tenant: "registry" };
  return { credentials, close };
};

const subject = async (authurl: "v1" | "v3", copyPartSize?: number) => {
  const { credentials, close } = await double(authurl);
  const opened = await swiftSubject(credentials, { copyPartSize });
  const closeBoth = async () => {
    await opened.close();
    await close();
  };
  return { ...opened, close: closeBoth };
};

driverContract("swift on a double", () => subject("v1"));
swiftLarge("swift on a double", () => subject("v3", COPY_PART_SIZE));
swiftWire("the double", double);
