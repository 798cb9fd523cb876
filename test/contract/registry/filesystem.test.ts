import { onDisk } from "./stores.ts";
import { registryContract } from "./suite.ts";

registryContract("filesystem", onDisk);
