/** Addresses as one counts people behind them. */
import { isIPv6 } from "node:net";

const GROUPS = 8;
const GROUPS_OF_A_HOUSEHOLD = 4;

/** An IPv4 address, or the /64 of an IPv6 address, of which whoever has one has 2^64. */
export function networkOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  const [text = ""] = address.split("%", 1);
  if (!isIPv6(text)) return address;
  const [head = [], tail = []] = text.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => "0");
  const prefix = [...head, ...zeros, ...tail].slice(0, GROUPS_OF_A_HOUSEHOLD);
  return `${prefix.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
