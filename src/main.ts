#!/usr/bin/env node
/** Where the process begins. Half of the time of a start is compiling, which need not be done each time. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Beside the packages, whose owner decides what runs here anyway. Where it cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/moorage", import.meta.url)));
// A sync waits for the disk, and those that wait together are done together: of Node's four threads too few can. The number is
// read when the first of them is needed.
process.env.UV_THREADPOOL_SIZE ??= "16";
await import("./commands.ts");
