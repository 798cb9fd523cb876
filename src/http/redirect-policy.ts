/** Who is sent to the bucket: everybody but clients in networks that cannot reach it. */
import proxyaddr from "proxy-addr";

/** `except`: as `trust proxy` takes them, so CIDR blocks, addresses, or names such as loopback. */
export function createRedirectPolicy(except: readonly string[]): (address: string) => boolean {
  if (except.length === 0) return () => true;
  const isExcepted = proxyaddr.compile([...except]);
  return (address) => address === "" || !isExcepted(address, 0);
}
