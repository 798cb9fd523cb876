/** Lists are delivered in pages: OCI distribution-spec, "Listing Tags". */

export interface PageRequest {
  /** At most so many entries. 0 asks for none. */
  readonly limit: number;
  /** Only entries after this one. It need not exist any more. */
  readonly last?: string | undefined;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Set when more entries follow: the `last` of the next request. */
  readonly next?: string | undefined;
}
