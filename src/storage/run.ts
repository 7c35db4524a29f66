/** A run: parts in key order that make one sorted sequence, as one reader or one walk sees it. */

import type { PageEntry } from './data-page.ts';
import { compareKeys, keyAfter } from './key-order.ts';
import type { RunEntry } from './manifest-state.ts';
import { overlaps, type PartReader } from './part-reader.ts';
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

/** A page of entries and the part that reads their values. */
export interface RunPage {
  readonly entries: readonly PageEntry[];
  readonly part: PartReader;
}

/**
 * A walk over a run's entries from `start` to `end`, inclusive. Holds its parts from the beginning on, or, for a merge
 * that takes parts away behind itself, only the one that it reads.
 */
export class RunWalk {
  readonly #parts: readonly PartReader[];
  readonly #holdsAll: boolean;
  readonly #manner: ReadManner;
  readonly #pages: AsyncGenerator<RunPage>;
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
    const from = after !== undefined && compareKeys(after, start) > 0 ? after : start;
    this.#parts = isAllConsumed ? [] : run.parts.filter(({ entry }) => overlaps(entry, from, end));
    this.#holdsAll = options.holdsAll;
    this.#manner = options.manner;
    if (this.#holdsAll) for (const part of this.#parts) part.pin();
    this.#pages = this.#walk(from, end);
  }

  async next(): Promise<RunPage | undefined> {
    const { done, value } = await this.#pages.next();
    return done === true ? undefined : value;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pages.return(undefined);
    if (this.#holdsAll) for (const part of this.#parts) part.unpin();
  }

  async *#walk(start: Uint8Array, end: Uint8Array): AsyncGenerator<RunPage> {
    for (const part of this.#parts) {
      if (!this.#holdsAll) part.pin();
      try {
        for await (const entries of part.pages(start, this.#holdsAll, this.#manner)) {
          const last = entries.at(-1);
          const isEnd = last !== undefined && compareKeys(last.key, end) > 0;
          const inside = isEnd ? entries.filter(({ key }) => compareKeys(key, end) <= 0) : entries;
          if (inside.length > 0) yield { entries: inside, part };
          if (isEnd) return;
        }
      } finally {
        if (!this.#holdsAll) part.unpin();
      }
    }
  }
}
