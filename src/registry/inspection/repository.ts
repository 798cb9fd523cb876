/**
 * One repository, from its keys in the order of a listing: layers, revisions, tags, uploads. So whatever a tag needs was seen
 * before the tag.
 */
import type { CallOptions, ListEntry, StorageDriver } from "../../../drivers/contract.ts";
import { isDriverError } from "../../../drivers/errors.ts";
import { algorithmOf, type Digest, digestOf } from "../../oci/digest.ts";
import { RegistryError } from "../../oci/errors.ts";
import { isTag, parseRepositoryName, type RepositoryName, type Tag } from "../../oci/names.ts";
import { readContent, unlessAbsent } from "../content.ts";
import { currentTagKey, foreignRevisionLinkKey, revisionLinkKey } from "../keys.ts";
import { readLink } from "../links.ts";
import type { BlobFinder } from "./blobs.ts";
import { KnownDigests } from "./known.ts";
import type { Place } from "./place.ts";
import type { Report } from "./problems.ts";
import { type References, referencesIn } from "./references.ts";

export interface Inspector {
  readonly driver: StorageDriver;
  readonly blobs: BlobFinder;
  readonly report: Report;
}

type ObjectEntry = Extract<ListEntry, { kind: "object" }>;

/** More is not read to look into it. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
/** sha256 and sha512, perhaps with the white space that an editor left. */
const isLinkSize = (size: number) => (size >= 71 && size <= 73) || (size >= 135 && size <= 137);

export class RepositoryInspection {
  readonly name: string;
  readonly #inspector: Inspector;
  readonly #layers = new KnownDigests();
  readonly #revisions = new KnownDigests();
  /** Those that distribution takes for manifests. */
  #ordinary = 0;
  #tag = "";
  #isPullable = true;
  readonly #uploads = { count: 0, last: "", bytes: 0, oldest: Number.POSITIVE_INFINITY };

  constructor(name: string, inspector: Inspector) {
    this.name = name;
    this.#inspector = inspector;
    if (!isName(name)) inspector.report({ kind: "name_invalid", place: name });
  }

  /** Takes note of the key, and gives back what is left to be asked. */
  see(place: Place, entry: ObjectEntry): ((options: CallOptions) => Promise<void>) | undefined {
    if (place.role === "upload") return void this.#seeUpload(place.upload, entry);
    if (place.role === "current" || place.role === "history") this.#enterTag(place.tag);
    if (place.role === "layer") this.#layers.add(place.digest);
    if (place.role === "revision" || place.role === "foreign") this.#revisions.add(place.digest);
    if (place.role === "revision") this.#ordinary++;
    if (place.role === "current") this.#isPullable = true;
    if (!isLinkSize(entry.size)) {
      return void this.#inspector.report({ kind: "link_damaged", place: entry.key, detail: `${entry.size} bytes` });
    }
    switch (place.role) {
      case "layer":
        return (options) => this.#checkLayer(place.digest, options);
      case "revision":
      case "foreign":
        return (options) => this.#checkManifest(place.digest, options);
      case "current":
        return (options) => this.#checkTag(place.tag, options);
      case "history":
        return undefined;
    }
  }

  /** Everything of it has been seen. */
  end(): void {
    this.#enterTag("");
    const { report } = this.#inspector;
    const { count, bytes, oldest } = this.#uploads;
    if (this.#revisions.count === 0) report({ kind: "repository_ghost", place: this.name });
    if (this.#ordinary > 0 && this.#layers.count === 0) report({ kind: "repository_without_layers", place: this.name });
    if (count > 0) {
      const detail = `${count}, ${bytes} bytes, the oldest of ${new Date(oldest).toISOString()}`;
      report({ kind: "upload_unfinished", place: this.name, detail });
    }
  }

  #seeUpload(upload: string, { size, lastModified }: ObjectEntry): void {
    if (upload !== this.#uploads.last) this.#uploads.count++;
    this.#uploads.last = upload;
    this.#uploads.bytes += size;
    this.#uploads.oldest = Math.min(this.#uploads.oldest, lastModified.getTime());
  }

  #enterTag(tag: string): void {
    if (tag === this.#tag) return;
    const { report } = this.#inspector;
    if (!this.#isPullable) report({ kind: "tag_without_current", place: `${this.name}:${this.#tag}` });
    if (tag !== "" && !isTag(tag)) report({ kind: "tag_invalid", place: `${this.name}:${tag}` });
    this.#tag = tag;
    this.#isPullable = tag === "";
  }

  async #checkLayer(digest: Digest, options: CallOptions): Promise<void> {
    const { blobs, report } = this.#inspector;
    if ((await blobs.sizeInRepository(this.name, digest, options)) !== undefined) return;
    report({ kind: "layer_without_bytes", place: `${this.name}@${digest}` });
  }

  async #checkManifest(digest: Digest, options: CallOptions): Promise<void> {
    const { driver, blobs, report } = this.#inspector;
    const place = `${this.name}@${digest}`;
    const size = await blobs.sizeOf(digest, options);
    if (size === undefined) return report({ kind: "revision_without_bytes", place });
    if (size > LARGEST_MANIFEST) return;
    const bytes = await readContent(driver, digest, LARGEST_MANIFEST);
    if (bytes === undefined) return; // deleted in the meantime
    if (digestOf(bytes, algorithmOf(digest)) !== digest) return report({ kind: "manifest_damaged", place });
    await this.#checkReferences(place, referencesIn(bytes), options);
  }

  async #checkReferences(place: string, { blobs, manifests, isSchema1 }: References, options: CallOptions) {
    const { report } = this.#inspector;
    if (isSchema1) report({ kind: "manifest_schema_1", place });
    const lost: string[] = [];
    for (const digest of blobs) {
      const size = await this.#inspector.blobs.sizeInRepository(this.name, digest, options);
      if (size === undefined) lost.push(`${digest} is not there`);
      else if (this.#layers.has(digest) === false) lost.push(`the repository has no link to ${digest}`);
    }
    if (lost.length > 0) report({ kind: "manifest_incomplete", place, detail: shortened(lost) });
    const absent: string[] = [];
    for (const digest of manifests) {
      if ((await this.#inspector.blobs.sizeOf(digest, options)) === undefined) absent.push(digest);
    }
    if (absent.length > 0) report({ kind: "index_incomplete", place, detail: shortened(absent) });
  }

  async #checkTag(tag: string, options: CallOptions): Promise<void> {
    const { driver, blobs, report } = this.#inspector;
    const key = currentTagKey(this.name as RepositoryName, tag as Tag);
    let digest: Digest | undefined;
    try {
      digest = await readLink(driver, key, options);
    } catch (error) {
      if (!isDriverError(error, "unexpected")) throw error;
      return report({ kind: "link_damaged", place: key });
    }
    if (digest === undefined) return; // deleted in the meantime
    const isThere = (await this.#hasRevision(digest, options)) && (await blobs.sizeOf(digest, options)) !== undefined;
    if (!isThere) report({ kind: "tag_dangling", place: `${this.name}:${tag}`, detail: digest });
  }

  async #hasRevision(digest: Digest, options: CallOptions): Promise<boolean> {
    const known = this.#revisions.has(digest);
    if (known !== undefined) return known;
    for (const keyOf of [revisionLinkKey, foreignRevisionLinkKey]) {
      const key = keyOf(this.name as RepositoryName, digest);
      if (await unlessAbsent(() => this.#inspector.driver.head(key, options))) return true;
    }
    return false;
  }
}

function isName(text: string): boolean {
  try {
    return parseRepositoryName(text) === text;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}

const SHOWN = 3;

const shortened = (entries: readonly string[]): string =>
  entries.slice(0, SHOWN).join(", ") + (entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : "");
