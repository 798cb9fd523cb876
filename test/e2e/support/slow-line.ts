/** A line that takes its time: TCP to a server, where what clients send arrives a little at a time. */
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./servers.ts";

const PAUSE = 100;

/** `bytesPerSecond`: of each connection. Resolves to where clients find it. */
export async function startSlowLine(
  t: TestContext,
  { host, bytesPerSecond }: { readonly host: string; readonly bytesPerSecond: number },
): Promise<string> {
  const [hostname = "", port = ""] = host.split(":");
  const sockets = new Set<Socket>();
  const piece = Math.ceil((bytesPerSecond * PAUSE) / 1000);

  async function carry(from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from) {
      for (let offset = 0; offset < chunk.length; offset += piece) {
        to.write(chunk.subarray(offset, offset + piece));
        if (offset + piece < chunk.length) await sleep(PAUSE);
      }
    }
    to.end();
  }

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => client.destroy()));
    upstream.pipe(client);
    carry(client, upstream).catch(() => upstream.destroy());
  });
  const ownPort = await freePort();
  await new Promise<void>((resolve) => server.listen(ownPort, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${ownPort}`;
}
