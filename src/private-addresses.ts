/** Addresses that are not of the public Internet: what somebody outside names there is none of their business. */
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { lookup as lookupNow } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** RFC 6890 and RFC 4193, with what is multicast or reserved. IPv4 in the clothes of IPv6 is found as IPv4. */
const NETWORKS: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 9],
  ["ff00::", 8],
];

const PRIVATE = new BlockList();
for (const [network, bits] of NETWORKS) PRIVATE.addSubnet(network, bits, isIP(network) === 6 ? "ipv6" : "ipv4");

export const isPrivateAddress = (address: string): boolean =>
  PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** As URLs have it, IPv6 in brackets. Whether every address of it is. Rejects for a name that nobody knows. */
export async function isPrivateHost(hostname: string): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) ? [{ address: host }] : await lookupNow(host, { all: true });
  return addresses.every(({ address }) => isPrivateAddress(address));
}

/** For connections: fails for a name with any private address, at the moment when it counts. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { all: true } = { ...(options as LookupOptions), all: true };
  lookup(hostname, all, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    const isPrivate = addresses?.some(({ address }) => isPrivateAddress(address));
    if (error || first === undefined || isPrivate) {
      const problem =
        error ?? (Object.assign(new Error(`${hostname} is at a private address`)) as NodeJS.ErrnoException);
      callback(problem, "");
    } else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
