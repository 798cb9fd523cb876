/** HEAD again and again: wrk waits for the body that such an answer announces and does not have. */
import { connect, type Socket } from "node:net";
import { percentileOf } from "../statistics.ts";
import type { RequestLoad, Throughput } from "./throughput.ts";

const END_OF_ANSWER = "\r\n\r\n";

/** Rejects if an answer was an error, or a connection broke. */
export async function headAgainAndAgain({ url, headers, connections, seconds }: RequestLoad): Promise<Throughput> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `HEAD ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const times: number[] = [];
  const begunAt = performance.now();
  const endsAt = begunAt + seconds * 1000;

  function repeat(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      let answer = "";
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(request, "latin1");
      };
      socket.on("connect", send).on("error", reject);
      socket.on("close", () => reject(new Error(`HEAD ${url}: the connection was closed`)));
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        answer += chunk;
        if (!answer.endsWith(END_OF_ANSWER)) return;
        if (!/^HTTP\/1\.1 [23]/.test(answer)) return void reject(new Error(`HEAD ${url}: ${answer.slice(0, 200)}`));
        const now = performance.now();
        times.push(now - sentAt);
        answer = "";
        if (now < endsAt) return send();
        resolve();
        socket.destroy();
      });
    });
  }

  const open = () => connect({ host: hostname, port: Number(port), noDelay: true });
  await Promise.all(Array.from({ length: connections }, () => repeat(open())));
  const perSecond = (times.length / (performance.now() - begunAt)) * 1000;
  return { requests: times.length, perSecond, p50: percentileOf(times, 0.5), p99: percentileOf(times, 0.99) };
}
