import { inMemory } from "./stores.ts";
import { registryContract } from "./suite.ts";

registryContract("memory", inMemory);
