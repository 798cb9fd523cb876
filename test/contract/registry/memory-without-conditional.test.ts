import { withoutConditionalWrites } from "./stores.ts";
import { registryContract } from "./suite.ts";

registryContract("memory without conditional", withoutConditionalWrites);
