/** What a point read finds: an outcome, and where the value stands. */

import { copyOf, type StoredValue } from './record-block.ts';
import type { HeldPage } from './held-page.ts';
import type { OpenPart } from './part-opening.ts';

/** Nothing is said of the key. */
export const ABSENT = 0;
export const DELETED = 1;
export const FOUND = 2;
/** The value has a page of its own. */
export const ELSEWHERE = 3;
/** Only the disk can tell. */
export const UNKNOWN = 4;

export type PointOutcome = typeof ABSENT | typeof DELETED | typeof FOUND | typeof ELSEWHERE | typeof UNKNOWN;

const NO_BYTES = new Uint8Array(0);

/** A value in a file, for who reads it alone. */
export interface FilePlace {
  /** Its part, where it was just found there on a page that was read for this once. */
  part: OpenPart | undefined;
  /** Number of the part among those that places are known of. */
  file: number;
  offset: number;
  length: number;
  /** Both words of its hash. */
  high: number;
  low: number;
}

/** Filled again by every read, looked at before the next: an object for each would cost more than what it says. */
export class FoundValue {
  bytes: Uint8Array = NO_BYTES;
  from = 0;
  to = 0;
  /** Where the value stands that has a page of its own. */
  stored: StoredValue | undefined = undefined;
  /** The page of which `bytes` are, where the cache holds it: they stay as they are for whoever has a view of them. */
  held: HeldPage | undefined = undefined;

  /** Where the value stands that was found by its place: instead of `bytes`, and as lasting as those of a page that is held. */
  buffer: ArrayBufferLike | undefined = undefined;

  /** Where in a file the value stands as it is: what is known of a record whose page is not held. */
  readonly place: FilePlace = { part: undefined, file: 0, offset: 0, length: 0, high: 0, low: 0 };

  setIn(buffer: ArrayBufferLike | undefined, from: number, to: number): void {
    this.buffer = buffer;
    this.from = from;
    this.to = to;
  }

  set(bytes: Uint8Array, from: number, to: number): typeof FOUND {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    return FOUND;
  }

  /** The value for who only looks: a view where it can last. */
  view(): Uint8Array {
    const { bytes, from, to, held, buffer } = this;
    if (buffer !== undefined) return new Uint8Array(buffer, from, to - from);
    return held === undefined
      ? copyOf(bytes, from, to)
      : new Uint8Array(held.buffer, bytes.byteOffset + from, to - from);
  }

  /** The value as its caller's own. */
  copy(): Uint8Array {
    if (this.buffer === undefined) return copyOf(this.bytes, this.from, this.to);
    return copyOf(this.view(), 0, this.to - this.from);
  }
}
