/** Who is sent to the bucket: everybody but clients in networks that cannot reach it. */
import { BlockList, isIPv6 } from "node:net";
import type { Request } from "express";

/** `except`: CIDR blocks, or single addresses. */
export function createRedirectPolicy(except: readonly string[]): (request: Request) => boolean {
  if (except.length === 0) return () => true;
  const networks = new BlockList();
  for (const block of except) {
    const [address = "", bits] = block.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    networks.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return ({ ip = "" }) => !networks.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
}
