/** A server whose requests are observed as the registry's are, and answered by whatever a test wants. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { createPeers } from "../../src/http/peers.ts";
import { type Answer, type Observer, Visit } from "../../src/http/visit.ts";

/** Resolves to the base URL. */
export async function serveObserved(
  t: TestContext,
  observe: Observer,
  handle: (request: IncomingMessage, response: Answer) => void,
): Promise<string> {
  const peers = createPeers([]);
  const server = createServer((request, response) => {
    const answer = Object.assign(response, {
      locals: new Visit(request, { requestId: "7", commonHeaders: [], peers }),
    });
    observe(request, answer);
    handle(request, answer);
  });
  server.listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
