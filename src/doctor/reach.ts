/** Whether clients that are sent to the store get there. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { closeAgents, createAgents } from "../../drivers/agents.ts";
import type { StorageDriver } from "../../drivers/contract.ts";
import { BLOBS_PREFIX } from "../registry/keys.ts";
import type { Runtime } from "../runtime.ts";
import type { Findings } from "./finding.ts";

const PATIENCE_MILLISECONDS = 15_000;
const LIFE_SECONDS = 20 * 60;
const MINUTE = 60_000;
/** S3 refuses signatures that are further away. */
const TOO_SKEWED = 15 * MINUTE;
const SKEWED = MINUTE / 2;
/** Looked at to find one with bytes. */
const MOST_CANDIDATES = 100;

const INSTEAD =
  "let the store be reached under the name that clients know (redirectendpoint, or a storage middleware), or set storage.redirect.disable: true, or name the networks of those who cannot reach it in storage.redirect.except";

/** As a client does that is redirected there: with nothing but the URL. */
export async function checkRedirects(driver: StorageDriver, runtime: Runtime, findings: Findings): Promise<void> {
  const { presign } = driver;
  if (presign === undefined) {
    const what = "no URLs can be signed with these parameters: all blobs go through the registry";
    findings.add({ severity: "note", area: "surroundings", what, fix: "drivers/README.md tells what signing needs" });
    return;
  }
  const key = await someBlob(driver);
  const { url } = await presign.presignGet(key ?? `${BLOBS_PREFIX}absent`, {
    expiresInSeconds: LIFE_SECONDS,
    contentType: "application/octet-stream",
  });
  noteOwnNames(url, findings);
  const asked = runtime.now();
  const answer = await ask(url).catch((error: NodeJS.ErrnoException) => {
    const what = `${url.origin}, where clients are sent for blobs, cannot be reached from here: ${reasonOf(error)}`;
    findings.add({ severity: "broken", area: "surroundings", what, fix: INSTEAD });
  });
  if (!answer) return;
  checkClock(answer.date, (asked + runtime.now()) / 2, url, findings);
  if (key === undefined || answer.status === 200 || answer.status === 206) {
    const what = `${url.origin}, where clients are sent for blobs, answers from here`;
    findings.add({ severity: "note", area: "surroundings", what, fix: "see that it does from where clients are, too" });
    return;
  }
  const what = `${url.origin} answers ${answer.status} to a URL that was signed for it`;
  const fix = `check the clock and the rights to read objects, and that no proxy on the way changes the host; or ${INSTEAD}`;
  findings.add({ severity: "broken", area: "surroundings", what, fix });
}

async function someBlob(driver: StorageDriver): Promise<string | undefined> {
  let left = MOST_CANDIDATES;
  for await (const entry of driver.list(BLOBS_PREFIX)) {
    if (entry.kind === "object" && entry.size > 0 && entry.key.endsWith("/data")) return entry.key;
    if (--left === 0) return undefined;
  }
  return undefined;
}

/** The first byte, by the way that the driver takes to the store. Never shows the URL: whoever has it may read. */
async function ask(url: URL): Promise<{ readonly status: number; readonly date: string | undefined }> {
  const agents = createAgents();
  const isSecure = url.protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (isSecure ? requestHttps : requestHttp)(url, {
    agent: isSecure ? agents.https : agents.http,
    headers: { range: "bytes=0-0" },
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  });
  request.once("error", reject).once("response", resolve).end();
  try {
    const { statusCode = 0, headers } = await promise;
    return { status: statusCode, date: headers.date };
  } finally {
    request.destroy();
    closeAgents(agents);
  }
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string => code ?? message;

function checkClock(date: string | undefined, now: number, url: URL, findings: Findings): void {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return;
  const skew = Math.abs(now - theirs);
  if (skew < SKEWED) return;
  const what = `this machine's clock and that of ${url.origin} differ by ${Math.round(skew / 1000)} s`;
  const fix =
    "keep it set with NTP: signed URLs and tokens are good for minutes, and beyond 15 minutes stores refuse requests";
  findings.add({ severity: skew >= TOO_SKEWED ? "broken" : "note", area: "surroundings", what, fix });
}

function noteOwnNames({ hostname, origin }: URL, findings: Findings): void {
  if (!/^(localhost|127\.|\[::1\])|^[^.[]+$/.test(hostname)) return;
  const what = `clients are sent to ${origin} for blobs: a name that only this machine, or its network, knows`;
  findings.add({ severity: "note", area: "surroundings", what, fix: `if clients are elsewhere, ${INSTEAD}` });
}
