import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, request } from "node:http";
import { request as requestWithTls, createServer as tlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { lingerBeforeClosing } from "../../../src/lingering-close.ts";
import { issueCertificate } from "../../support/certificates.ts";

const BODY = Buffer.alloc(20 * 1024 * 1024);
const ATTEMPTS = 20;

const { pem, keyPem } = issueCertificate({ name: "localhost", hosts: ["localhost"] });

const KINDS = {
  TCP: { createServer, request },
  TLS: { createServer: () => tlsServer({ cert: pem, key: keyPem }), request: requestWithTls },
};

for (const [kind, { createServer, request }] of Object.entries(KINDS)) {
  test(`a refusal reaches a client that is still sending, over ${kind}`, async (t) => {
    const server = createServer();
    lingerBeforeClosing(server);
    const refuse: RequestListener = (_, response) => response.writeHead(401, { connection: "close" }).end("no");
    server.on("request", refuse);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;

    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const options = { host: "localhost", port, method: "PUT", headers: { "content-length": BODY.length }, ca: pem };
      const put = request(options);
      put.end(BODY);
      const [response] = await once(put, "response");
      assert.equal(response.statusCode, 401);
      assert.equal(Buffer.concat(await response.toArray()).toString(), "no");
    }
  });
}
