/** Bounds an LRUCache by its entries. Its own `max` makes room for all of them at once: megabytes before there is one entry. */
export function upTo(entries: number): { readonly maxSize: number; readonly sizeCalculation: () => number } {
  return { maxSize: entries, sizeCalculation: () => 1 };
}
