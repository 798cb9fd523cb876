/**
 * What is under way, from its begin to its end. Not a `Set`: one that fills and empties all the time gets new tables all the time,
 * and in V8 an old table keeps what was in it, and knows the next one. Once the garbage collector takes one of them for old,
 * all that came later stays in memory with it until the next full collection: of answers, 4 KiB for each request.
 */
export class InFlight<Item> implements Iterable<Item> {
  readonly #places: Place<Item>[] = [];

  get size(): number {
    return this.#places.length;
  }

  /** Gives what is to be called, once, when it is over. */
  begin(item: Item): () => void {
    const place: Place<Item> = { item, index: this.#places.length };
    this.#places.push(place);
    return () => this.#end(place);
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const { item } of this.#places) yield item;
  }

  /** The last one takes its place. */
  #end({ index }: Place<Item>): void {
    const last = this.#places.pop();
    if (last === undefined || last.index === index) return;
    last.index = index;
    this.#places[index] = last;
  }
}

interface Place<Item> {
  readonly item: Item;
  index: number;
}
