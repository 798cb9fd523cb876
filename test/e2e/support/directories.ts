import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directories: string[] = [];

/** Gone when the test file is over: whatever uses it has been stopped by then. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "moorage-e2e-"));
  if (directories.push(directory) === 1) process.once("exit", removeAll);
  return directory;
}

function removeAll(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}
