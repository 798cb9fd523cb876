/**
 * Kubernetes gives every container variables for each Service of its namespace. One called `registry`, or `registry-auth`, makes
 * them look like ours.
 */
export function isServiceVariable(name: string, value: string): boolean {
  if (name === "REGISTRY_PORT") return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  if (/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name)) return true;
  return /_PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value);
}
