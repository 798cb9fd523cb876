/** One large blob, read from a socket into the same buffer over and over: the client costs little more than the kernel's copy. */
import { connect } from "node:net";
import type { Running } from "../peers/running.ts";

const BUFFER = 1024 * 1024;
const END_OF_HEAD = "\r\n\r\n";

/** On a connection of its own. Rejects unless the answer is a 200 with that many bytes. */
export function download(
  { url, headers }: Pick<Running, "url" | "headers">,
  path: string,
  size: number,
): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, ...headers, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  let head = "";
  let received = 0;

  function take(length: number, buffer: Uint8Array): boolean {
    if (head.includes(END_OF_HEAD)) received += length;
    else {
      head += Buffer.from(buffer.subarray(0, length)).toString("latin1");
      const end = head.indexOf(END_OF_HEAD);
      if (end >= 0) received = head.length - end - END_OF_HEAD.length;
    }
    return true;
  }

  return new Promise((resolve, reject) => {
    const onread = { buffer: Buffer.allocUnsafe(BUFFER), callback: take };
    const socket = connect({ host: hostname, port: Number(port), onread });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    socket.once("error", reject).once("close", () => {
      if (head.startsWith("HTTP/1.1 200 ") && received === size) resolve();
      else reject(new Error(`GET ${url}${path}: ${received} bytes of ${size} after ${head.slice(0, 200)}`));
    });
    socket.once("end", () => socket.destroy());
  });
}
