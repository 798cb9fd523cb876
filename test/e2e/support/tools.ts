/** Clients and registries that the tests need and the machine may lack. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const PREFERRED: Readonly<Record<string, string>> = {
  // Where other packages put a docker of their own on the PATH, the distribution's fits the distribution's daemon.
  docker: "/usr/bin/docker",
};

/** Set where everything has to run, so that nothing is skipped by accident. */
const isRequired = process.env.MOORAGE_E2E === "require";

/** For a test's `skip`: why it cannot run here, or `false`. Throws where skipping is not allowed. */
export function missing(...names: readonly string[]): string | false {
  const absent = names.filter((name) => findTool(name) === undefined);
  if (absent.length === 0) return false;
  const reason = `not on this machine: ${absent.join(", ")}`;
  if (isRequired) throw new Error(reason);
  return reason;
}

export function toolPath(name: string): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`not on this machine: ${name}`);
  return path;
}

function findTool(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const candidates = directories.map((directory) => join(directory, name));
  return [...(PREFERRED[name] ? [PREFERRED[name]] : []), ...candidates].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
