import { parameters } from "../parameters.ts";

export const memoryParameters = parameters({});
