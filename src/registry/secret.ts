/** The secret that signs upload states. Replicas must share it; where they share a directory, they can share it there. */
import type { StorageDriver } from "../../drivers/contract.ts";
import { isDriverError } from "../../drivers/errors.ts";
import type { Runtime } from "../runtime.ts";
import { unlessAbsent } from "./content.ts";
import { SECRET_KEY } from "./keys.ts";

const SECRET_BYTES = 32;

/** The secret of this bucket, made on first use. `undefined` if there is none and none can be stored. */
export async function settleSecret(driver: StorageDriver, runtime: Runtime): Promise<string | undefined> {
  const read = () => unlessAbsent(async () => (await (await driver.get(SECRET_KEY)).bytes()).toString("utf8"));
  const stored = await read();
  if (stored) return stored;
  const secret = runtime.randomBytes(SECRET_BYTES).toString("hex");
  try {
    if (driver.conditional === undefined) return undefined;
    await driver.conditional.create(SECRET_KEY, Buffer.from(secret));
    return secret;
  } catch (error) {
    if (isDriverError(error, "already_exists")) return await read();
    if (isDriverError(error, "denied")) return undefined;
    throw error;
  }
}
