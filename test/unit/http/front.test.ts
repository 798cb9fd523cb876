import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFront } from "../../../src/http/front.ts";
import { createPeers } from "../../../src/http/peers.ts";
import { systemRuntime } from "../../../src/runtime.ts";

test("what came together is answered together, except to those who have left by then", async () => {
  const answered: string[] = [];
  const front = createFront(
    {
      dispatch: async (_request, _response, target) => void answered.push(target),
      app: () => assert.fail("not for Express"),
      observers: [],
      peers: createPeers([]),
      runtime: systemRuntime,
    },
    { prefix: "/", headers: {} },
  );
  const ask = (tag: string) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: "GET", url: `/v2/a/manifests/${tag}` });
    const response = new ServerResponse(request);
    front(request, response);
    return response;
  };
  ask("one");
  ask("left").destroy();
  ask("two");
  assert.deepEqual(answered, []);
  await turn();
  assert.deepEqual(answered, ["/v2/a/manifests/one", "/v2/a/manifests/two"]);
});
