/** Containers for tests: a fresh one for each, with two drivers over it. */
import { randomUUID } from "node:crypto";
import { swiftParameters } from "../../drivers/swift/config.ts";
import { openSwiftDriver } from "../../drivers/swift/driver.ts";
import type { OpenOptions } from "../../drivers/swift/open.ts";
import type { Subject } from "../contract/driver/suite.ts";
import { escapePath, listContainer, logIn, type SwiftAccount, type SwiftCredentials } from "./swift-account.ts";

export interface SwiftSubject extends Subject {
  readonly account: SwiftAccount;
  readonly container: string;
}

/** Names of objects begin with that. */
export const FILES = "some/prefix/files/";
export const SEGMENTS = "some/prefix/segments/";

export const DEVIATIONS = {
  "a signed URL can name the media type": "a temporary URL cannot: objects keep the type that they were stored with",
};

export function swiftParametersOf(credentials: SwiftCredentials, container: string) {
  return { prefix: "/some/prefix", ...credentials, container };
}

export async function openSwift(
  credentials: SwiftCredentials,
  container: string,
  { warn = () => {}, ...options }: OpenOptions & { readonly warn?: (message: string) => void } = {},
) {
  return await openSwiftDriver(swiftParameters.parse(swiftParametersOf(credentials, container)), { warn }, options);
}

export async function swiftSubject(credentials: SwiftCredentials, options?: OpenOptions): Promise<SwiftSubject> {
  const container = `test-${randomUUID()}`;
  const open = () => openSwift(credentials, container, options);
  const [driver, second] = [await open(), await open()];
  const account = await logIn(credentials);
  return {
    driver,
    second,
    account,
    container,
    deviations: DEVIATIONS,
    leftovers: () => unusedSegments(account, container),
    close: async () => void (await Promise.all([driver.close(), second.close()])),
  };
}

/** Everything in the tree of segments that no object is made of. */
export async function unusedSegments(account: SwiftAccount, container: string): Promise<readonly string[]> {
  const used = new Set<string>();
  for (const { name, slo_etag } of await listContainer(account, container, FILES)) {
    if (slo_etag !== undefined) for (const segment of await segmentsOf(account, container, name)) used.add(segment);
  }
  const segments = await listContainer(account, container, SEGMENTS);
  return segments.map(({ name }) => name).filter((name) => !used.has(name));
}

interface Entry {
  readonly name: string;
  readonly sub_slo?: boolean;
}

export async function segmentsOf(account: SwiftAccount, container: string, name: string): Promise<readonly string[]> {
  const { text } = await account.send("GET", `${container}/${escapePath(name)}?multipart-manifest=get`);
  const names: string[] = [];
  for (const entry of JSON.parse(text) as Entry[]) {
    const segment = entry.name.slice(container.length + 2);
    names.push(segment, ...(entry.sub_slo ? await segmentsOf(account, container, segment) : []));
  }
  return names;
}
