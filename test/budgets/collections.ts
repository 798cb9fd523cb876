/** Imported before a program (`--import`): tells on standard output what each collection of garbage has left. */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--trace-gc");
