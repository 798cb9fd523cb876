/** Everybody may do everything. */
import type { AccessController } from "./access-controller.ts";

export function createOpenAccess(): AccessController {
  const granted = { kind: "granted", identity: { subject: "" } } as const;
  return {
    description: "none: everybody may pull, push and delete",
    authorize: async () => granted,
    remembers: () => true,
  };
}
