/** A page that the cache holds, as its readers see it. */

export interface HeldPage {
  readonly bytes: Uint8Array;
  /** What its reader made of it, to be found again: belongs to the file's reader alone. */
  parsed: unknown;
  /** Its place among the pages that are held, which another may have when it is not any more. */
  readonly frame: number;
  /** No other page that is held has the same. */
  readonly serial: number;
  /** Counts a use by who found it otherwise than by its place in the file. */
  use(): void;
}
