/** The digests of one repository, as far as memory allows. */
import type { Digest } from "../../oci/digest.ts";

const MOST = 50_000;

export class KnownDigests {
  readonly #digests = new Set<Digest>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(digest: Digest): void {
    this.#count++;
    if (this.#digests.size < MOST) this.#digests.add(digest);
  }

  /** `undefined`: there were too many to tell. */
  has(digest: Digest): boolean | undefined {
    return this.#digests.has(digest) || (this.#count > this.#digests.size ? undefined : false);
  }
}
