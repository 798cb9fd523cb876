/** What every driver promises. Cases are chosen by the capabilities that the driver has. */
import { bodies } from "./bodies.ts";
import { conditionalWrites } from "./conditional.ts";
import { copies } from "./copies.ts";
import { runContract, type Subject } from "./harness.ts";
import { keys } from "./keys.ts";
import { listings } from "./listings.ts";
import { multipart } from "./multipart.ts";
import { objects } from "./objects.ts";
import { presigned } from "./presigned.ts";
import { ranges } from "./ranges.ts";
import { signals } from "./signals.ts";

export type { Subject } from "./harness.ts";

export function driverContract(name: string, open: () => Promise<Subject>): void {
  runContract(name, open, [
    objects,
    keys,
    ranges,
    bodies,
    listings,
    multipart,
    copies,
    conditionalWrites,
    presigned,
    signals,
  ]);
}
