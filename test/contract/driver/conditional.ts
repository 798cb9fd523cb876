import assert from "node:assert/strict";
import { isUniform, uniformBytes } from "../../support/bytes.ts";
import { type Contract, read, rejectsWith } from "./harness.ts";

export function conditionalWrites(contract: Contract): void {
  contract.when("conditional", "create has exactly one winner of 16", async ({ driver, second, key }, conditional) => {
    for (let round = 0; round < 5; round++) {
      const attempts = Array.from({ length: 16 }, (_, index) =>
        (index % 2 ? conditional : (second.conditional ?? assert.fail("two drivers, two abilities"))).create(
          key(`deep/${round}/lease`),
          uniformBytes(index + 1),
        ),
      );
      const outcomes = await Promise.allSettled(attempts);
      const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
      assert.equal(winners.length, 1);
      assert.equal((await driver.head(key(`deep/${round}/lease`))).size, winners[0]?.value.size);
      assert.ok(isUniform(await read(driver, key(`deep/${round}/lease`))));
    }
  });

  contract.when("conditional", "create leaves what is there", async ({ driver, key }, conditional) => {
    await driver.put(key("lease"), Buffer.from("first"));
    await rejectsWith("already_exists", conditional.create(key("lease"), Buffer.from("second")));
    assert.equal((await read(driver, key("lease"))).toString(), "first");
    await driver.delete(key("lease"));
    await conditional.create(key("lease"), [Buffer.from("th"), Buffer.from("ird")]);
    await driver.put(key("lease"), Buffer.from("fourth"));
    assert.equal((await read(driver, key("lease"))).toString(), "fourth");
  });
}
