/** A page that the cache holds, as its readers see it. */

export interface HeldPage {
  readonly bytes: Uint8Array;
  /** Of the bytes: asking them for it costs as much as a view of them. */
  readonly buffer: ArrayBufferLike;
  /** Its place among the pages that are held, which another may have when it is not any more. */
  readonly frame: number;
  /**
   * What its reader made of it, to be found again: belongs to the file's reader alone. May be undefined again at any time,
   * where the cache needs the room.
   */
  parsed: unknown;
  /** False from when the cache has let it go. */
  readonly isHeld: boolean;
  /** Counts a use by who found it otherwise than by its place in the file. */
  use(): void;
  /** Puts it into a list by which it is found again, until the cache lets it go. One list at a time. */
  listIn(list: (HeldPage | undefined)[], index: number): void;
  /** Counts so many bytes more for what was made of it; false where the cache has no room to spare: that is not to be kept then. */
  growBy(size_bytes: number): boolean;
}
