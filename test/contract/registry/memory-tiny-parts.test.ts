import { withTinyParts } from "./stores.ts";
import { registryContract } from "./suite.ts";

registryContract("memory tiny parts", withTinyParts);
