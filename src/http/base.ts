/** end-1, and what a load balancer asks. */
import type { Exchange } from "./exchange.ts";
import { sendJson } from "./respond.ts";

export function getBase({ response }: Exchange): void {
  sendJson(response, {});
}
