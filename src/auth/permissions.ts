/** What a caller may do, once it is certain who that is. */
import type { Access } from "./access-controller.ts";
import type { Caller } from "./caller.ts";

export interface Permissions {
  allows(caller: Caller, access: Access): boolean;
  /** Whether nothing in the catalogue is hidden from them, whatever may come into it. */
  seesEverything(caller: Caller): boolean;
}

/** As with distribution: a password is all that it takes. */
export const everythingForUsers: Permissions = {
  allows: ({ kind }) => kind !== "anonymous",
  seesEverything: ({ kind }) => kind !== "anonymous",
};

/** Where a token says it all, whoever has it. */
export const everything: Permissions = { allows: () => true, seesEverything: () => true };

/** Everybody reads, and those who logged in do as they like. */
export const pullForAnyone: Permissions = {
  allows: ({ kind }, access) =>
    kind !== "anonymous" || access.type === "catalog" || access.action === "pull" || access.action === "list",
  seesEverything: () => true,
};
