/** The least that a server made with Node can do: the same 2 KiB to whoever asks, by so many processes. */
import cluster from "node:cluster";
import { createServer } from "node:http";

const [port, workers] = process.argv.slice(2).map(Number);
const body = Buffer.alloc(2048, "x");

if (cluster.isPrimary && workers !== 1) for (let n = 0; n < (workers ?? 1); n++) cluster.fork();
else
  createServer((_request, response) => {
    response.writeHead(200, ["content-type", "application/json", "content-length", String(body.length)]);
    response.end(body);
  }).listen(port, "127.0.0.1");
