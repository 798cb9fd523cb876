/** The cost of each kind of request stays what it is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { recordCalls } from "../support/registry-drivers.ts";
import { openWorld } from "../support/registry-world.ts";
import { rows } from "./rows.ts";
import { signing } from "./signing.ts";

describe("calls of the store, by request", () => {
  for (const { name, cold, warm, prepare, request } of rows) {
    test(name, async (context) => {
      const bucket = new Bucket();
      const preparing = await openWorld(createMemoryDriver({ bucket }));
      await prepare?.(preparing.http);
      await preparing.close();

      const recorded = recordCalls(signing(createMemoryDriver({ bucket })));
      const world = await openWorld(recorded.driver);
      const costOf = async () => {
        recorded.forget();
        await request(world.http);
        await world.registry.settled();
        return recorded.calls.map(({ operation, key }) => `${operation} ${key}`);
      };
      try {
        const first = await costOf();
        const second = await costOf();
        context.diagnostic(`cold ${first.length} of ${cold}, warm ${second.length} of ${warm}`);
        assert.ok(first.length <= cold, `cold: ${first.length} calls, ${cold} allowed:\n${first.join("\n")}`);
        assert.ok(second.length <= warm, `warm: ${second.length} calls, ${warm} allowed:\n${second.join("\n")}`);
      } finally {
        await world.close();
      }
    });
  }
});
