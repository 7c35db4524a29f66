/** What a point read finds: an outcome, and where the value stands. */

import { copyOf, type StoredValue } from './record-block.ts';
import type { HeldPage } from './held-page.ts';

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

/** Filled again by every read, looked at before the next: an object for each would cost more than what it says. */
export class FoundValue {
  bytes: Uint8Array = NO_BYTES;
  from = 0;
  to = 0;
  /** Where the value stands that has a page of its own. */
  stored: StoredValue | undefined = undefined;
  /** Where on its page the entry is found again, -1 where only by a search: see {@link DataPage.lookAgain}. */
  entryAt = 0;
  nearAt = 0;
  farAt = 0;
  /** The page, where the cache holds it: its bytes stay as they are for whoever has a view of them. */
  held: HeldPage | undefined = undefined;

  set(bytes: Uint8Array, from: number, to: number): typeof FOUND {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    return FOUND;
  }

  /** The value for who only looks: a view where it can last. */
  view(): Uint8Array {
    const { bytes, from, to } = this;
    return this.held === undefined
      ? copyOf(bytes, from, to)
      : new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  }

  /** The value as its caller's own. */
  copy(): Uint8Array {
    return copyOf(this.bytes, this.from, this.to);
  }
}
