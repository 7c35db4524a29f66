/** A run: parts in key order that make one sorted sequence, as one reader or one walk sees it. */

import { compareKeys, compareKeysAt, keyAfter, lowerBound } from './key-order.ts';
import type { PartEntry, RunEntry } from './manifest-state.ts';
import type { BlockSource } from './merged-walk.ts';
import { PartCursor } from './part-cursor.ts';
import type { PartReader } from './part-reader.ts';
import { type EntryBlock, sliceBlock } from './record-block.ts';
import type { ReadManner } from './retrying-reads.ts';

export class RunReader {
  readonly entry: RunEntry;
  readonly parts: readonly PartReader[];

  constructor(entry: RunEntry, parts: readonly PartReader[]) {
    this.entry = entry;
    this.parts = parts;
  }

  /** The part that may hold `key`. */
  partOf(key: Uint8Array): PartReader | undefined {
    const { consumed } = this.entry;
    if (consumed !== undefined && compareKeys(key, consumed) <= 0) return undefined;
    let low = 0;
    let high = this.parts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const part = this.parts[middle] as PartReader;
      if (compareKeys(part.entry.lastKey, key) < 0) low = middle + 1;
      else high = middle;
    }
    const part = this.parts[low];
    return part !== undefined && compareKeys(part.entry.firstKey, key) <= 0 ? part : undefined;
  }
}

/**
 * A walk over a run's entries from `start` to `end`, inclusive. Holds its parts from the beginning on, or, for a merge
 * that takes parts away behind itself, only the one that it reads.
 */
export class RunWalk implements BlockSource {
  readonly #parts: readonly PartReader[];
  readonly #start: Uint8Array;
  readonly #end: Uint8Array;
  readonly #holdsAll: boolean;
  readonly #manner: ReadManner;
  #place = -1;
  #cursor: PartCursor | undefined;
  #isAtEnd = false;
  #isClosed = false;

  constructor(
    run: RunReader,
    start: Uint8Array,
    end: Uint8Array,
    options: { readonly holdsAll: boolean; readonly manner: ReadManner },
  ) {
    const { consumed } = run.entry;
    const after = consumed === undefined ? undefined : keyAfter(consumed);
    const isAllConsumed = consumed !== undefined && after === undefined;
    this.#start = after !== undefined && compareKeys(after, start) > 0 ? after : start;
    this.#end = end;
    this.#parts = isAllConsumed ? [] : run.parts.filter(({ entry }) => overlaps(entry, this.#start, end));
    this.#holdsAll = options.holdsAll;
    this.#manner = options.manner;
    if (this.#holdsAll) for (const part of this.#parts) part.pin();
    this.#nextPart();
  }

  get part(): PartReader | undefined {
    return this.#parts[this.#place];
  }

  next(): EntryBlock | 'wait' | undefined {
    while (this.#cursor !== undefined && !this.#isAtEnd) {
      const block = this.#cursor.next();
      if (block === 'wait') return block;
      if (block === undefined) {
        this.#nextPart();
        continue;
      }
      const { count, keyBytes, keys } = block;
      if (count === 0) continue;
      if (compareKeysAt(keys, (count - 1) * keyBytes, this.#end, 0, keyBytes) <= 0) return block;
      this.#isAtEnd = true;
      // The first that is not below the end may be the end itself.
      const at = lowerBound(keys, 0, keyBytes, count, this.#end, keyBytes);
      const inside =
        at < count && compareKeysAt(keys, at * keyBytes, this.#end, 0, keyBytes) === 0 ? at + 1 : at;
      return inside === 0 ? undefined : sliceBlock(block, 0, inside);
    }
    return undefined;
  }

  async load(): Promise<void> {
    await this.#cursor?.load();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#holdsAll) for (const part of this.#parts) part.unpin();
    else if (this.#cursor !== undefined) this.part?.unpin();
    this.#cursor = undefined;
  }

  #nextPart(): void {
    if (!this.#holdsAll && this.#cursor !== undefined) this.part?.unpin();
    this.#place += 1;
    const part = this.part;
    if (part !== undefined && !this.#holdsAll) part.pin();
    this.#cursor =
      part === undefined
        ? undefined
        : new PartCursor(part, this.#start, { keepPages: this.#holdsAll, manner: this.#manner });
  }
}

/** True where a part may hold keys of a range. */
function overlaps(entry: PartEntry, start: Uint8Array, end: Uint8Array): boolean {
  return compareKeys(entry.firstKey, end) <= 0 && compareKeys(entry.lastKey, start) >= 0;
}
