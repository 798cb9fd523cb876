/** A registry that is measured: how it is started on a store. */
import type { Settings } from "../row.ts";
import type { Place } from "../stores/places.ts";

export interface Peer {
  readonly name: string;
  /** As the program says it. */
  version(): Promise<string>;
  /** Writes the files that it needs to `setup.directory`. */
  command(setup: Setup): Promise<Command>;
}

export interface Setup {
  readonly port: number;
  readonly place: Place;
  readonly settings: Settings;
  /** For the peer's own files. */
  readonly directory: string;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}
