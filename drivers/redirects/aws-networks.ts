/** Which clients are in AWS: for those the bucket is nearer than the content network in front of it. */
import { BlockList, isIPv6 } from "node:net";
import * as z from "zod";
import type { DriverContext } from "../contract.ts";

const list = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string(), region: z.string() })).default([]),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), region: z.string() })).default([]),
});

export interface AwsNetworks {
  /** `false` for everybody as long as the list could not be read. */
  has(address: string): boolean;
  close(): void;
}

export interface AwsNetworksOptions {
  readonly url: string;
  readonly intervalMilliseconds: number;
  /** Without it: all. */
  readonly regions: readonly string[] | undefined;
}

const PATIENCE = 10_000;

/** Reads the list now, in the background, and again every interval. */
export function followAwsNetworks(options: AwsNetworksOptions, { warn }: DriverContext): AwsNetworks {
  let networks = new BlockList();

  async function refresh(): Promise<void> {
    try {
      networks = await read(options);
    } catch (cause) {
      warn("the list of AWS' networks could not be read; the last one stays in use", { url: options.url, cause });
    }
  }

  const timer = setInterval(() => void refresh(), options.intervalMilliseconds).unref();
  void refresh();
  return {
    has: (address) => networks.check(address, isIPv6(address) ? "ipv6" : "ipv4"),
    close: () => clearInterval(timer),
  };
}

async function read({ url, regions }: AwsNetworksOptions): Promise<BlockList> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`the answer was ${answer.status}`);
  const { prefixes, ipv6_prefixes } = list.parse(await answer.json());
  const networks = new BlockList();
  const isWanted = ({ region }: { readonly region: string }) => regions === undefined || regions.includes(region);
  for (const { ip_prefix } of prefixes.filter(isWanted)) addBlock(networks, ip_prefix, "ipv4");
  for (const { ipv6_prefix } of ipv6_prefixes.filter(isWanted)) addBlock(networks, ipv6_prefix, "ipv6");
  return networks;
}

function addBlock(networks: BlockList, block: string, family: "ipv4" | "ipv6"): void {
  const [address = "", bits] = block.split("/");
  networks.addSubnet(address, Number(bits), family);
}
