import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { ExplainedError } from "../../../src/explained-error.ts";
import { type Pieces, runLifecycle } from "../../../src/lifecycle.ts";
import { createLog } from "../../../src/log.ts";
import { createReadiness } from "../../../src/readiness.ts";

async function rig() {
  const lines: string[] = [];
  const events: string[] = [];
  const exits: number[] = [];
  const host = Object.assign(new EventEmitter(), {
    exit(code: number) {
      exits.push(code);
    },
  }) as unknown as Pick<NodeJS.Process, "on" | "off" | "exit"> & EventEmitter;
  const log = await createLog(
    { level: "info", format: "json", fields: {} },
    { stream: { write: (line) => void lines.push(line) }, isTerminal: false },
  );
  const readiness = createReadiness();
  const add = (pieces: Pieces, name: string, stop: () => Promise<void> | void = () => {}) =>
    pieces.add(
      name,
      () => {
        events.push(`start ${name}`);
        return name;
      },
      (piece, reason) => {
        events.push(`stop ${piece}: ${reason}, ${readiness.state}`);
        return stop();
      },
    );
  return { events, exits, lines, host, log, readiness, add, services: { log, readiness, host } };
}

test("starts in order, is ready, and stops in reverse when told to", async () => {
  const { events, exits, host, readiness, add, services } = await rig();
  const ready = Promise.withResolvers<void>();
  const running = runLifecycle(services, async (pieces) => {
    assert.equal(readiness.state, "starting");
    await add(pieces, "store");
    await add(pieces, "server");
    setImmediate(ready.resolve);
  });
  await ready.promise;
  assert.equal(readiness.state, "ready");
  host.emit("SIGTERM", "SIGTERM");
  assert.equal(await running, 0);
  assert.deepEqual(events, [
    "start store",
    "start server",
    "stop server: terminate, draining",
    "stop store: terminate, draining",
  ]);
  assert.deepEqual(exits, []);
  assert.deepEqual(host.eventNames(), []);
});

test("somebody at a terminal is told apart", async () => {
  const { events, host, add, services } = await rig();
  const running = runLifecycle(services, async (pieces) => {
    await add(pieces, "server");
    setImmediate(() => host.emit("SIGINT", "SIGINT"));
  });
  assert.equal(await running, 0);
  assert.equal(events.at(-1), "stop server: interrupt, draining");
});

test("a piece that does not stop well makes it 1, and the others stop all the same", async () => {
  const { events, host, add, services } = await rig();
  const running = runLifecycle(services, async (pieces) => {
    await add(pieces, "store");
    await add(pieces, "server", () => Promise.reject(new Error("2 requests were cut off")));
    setImmediate(() => host.emit("SIGTERM", "SIGTERM"));
  });
  assert.equal(await running, 1);
  assert.equal(events.at(-1), "stop store: terminate, draining");
});

test("a second signal ends at once", async () => {
  const { exits, host, add, services } = await rig();
  const stopping = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const running = runLifecycle(services, async (pieces) => {
    await add(pieces, "server", () => {
      stopping.resolve();
      return finish.promise;
    });
    setImmediate(() => host.emit("SIGTERM", "SIGTERM"));
  });
  await stopping.promise;
  assert.deepEqual(exits, []);
  host.emit("SIGINT", "SIGINT");
  assert.deepEqual(exits, [1]);
  finish.resolve();
  await running;
});

test("a failed start stops what had started, and is 1", async () => {
  const { events, lines, readiness, add, services } = await rig();
  const code = await runLifecycle(services, async (pieces) => {
    await add(pieces, "store");
    await pieces.add("server", () =>
      Promise.reject(new ExplainedError("cannot listen on :5000: another program does.")),
    );
  });
  assert.equal(code, 1);
  assert.deepEqual(events, ["start store", "stop store: failure, draining"]);
  assert.equal(readiness.state, "draining");
  const { level, msg, err } = JSON.parse(lines[0] ?? "");
  assert.deepEqual(
    { level, msg, err },
    {
      level: "fatal",
      msg: "cannot listen on :5000: another program does.",
      err: undefined,
    },
  );
});

test("an unexpected failure is told with its stack", async () => {
  const { lines, services } = await rig();
  const code = await runLifecycle(services, () => Promise.reject(new Error("surprise", { cause: new Error("deep") })));
  assert.equal(code, 1);
  assert.match(JSON.parse(lines[0] ?? "").err.stack, /surprise[\s\S]*deep/);
});

test("a signal during a start that hangs stops what had started", async () => {
  const { events, host, add, services } = await rig();
  const running = runLifecycle(services, async (pieces) => {
    await add(pieces, "store");
    setImmediate(() => host.emit("SIGTERM", "SIGTERM"));
    await pieces.add("registry", () => new Promise<never>(() => {}));
  });
  assert.equal(await running, 0);
  assert.deepEqual(events, ["start store", "stop store: terminate, draining"]);
});

test("what nobody caught is logged, and ends the process with 1", async () => {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    const { exits, host, lines, services } = await rig();
    const running = runLifecycle(services, async () => {
      setImmediate(() => {
        host.emit(event, new Error("nobody caught me"));
        host.emit("SIGTERM", "SIGTERM");
      });
    });
    await running;
    assert.deepEqual(exits, [1]);
    const { level, err } = JSON.parse(lines[0] ?? "");
    assert.deepEqual([level, err.message], ["fatal", "nobody caught me"]);
  }
});
