/**
 * Several sorted sources as one: the newest version of each key, deletions included. Steps are plain calls; only a new
 * page is waited for.
 */

import type { PageEntry, PageValue } from './data-page.ts';
import { compareKeys } from './key-order.ts';
import type { MemtableEntry } from './memtable.ts';
import type { PartReader } from './part-reader.ts';
import type { RunWalk } from './run.ts';

export interface MergedEntry {
  readonly key: Uint8Array;
  readonly value: PageValue;
  /** Reads the value; none where it stands inline. */
  readonly part: PartReader | undefined;
}

/** Newest first, in the order in which they are given. */
export type WalkSource = RunWalk | readonly MemtableEntry[];

interface Head {
  entries: readonly PageEntry[];
  at: number;
  part: PartReader | undefined;
  /** Undefined once nothing more comes. */
  walk: RunWalk | undefined;
}

export class MergedWalk {
  readonly #heads: Head[];

  constructor(sources: readonly WalkSource[]) {
    this.#heads = sources.map((source) => {
      return 'next' in source
        ? { entries: [], at: 0, part: undefined, walk: source }
        : { entries: source.map(asPageEntry), at: 0, part: undefined, walk: undefined };
    });
  }

  /** The next entry, or `page` where {@link load} must come first, or undefined at the end. */
  step(): MergedEntry | 'page' | undefined {
    let least: Head | undefined;
    let leastKey: Uint8Array | undefined;
    for (const head of this.#heads) {
      const entry = head.entries[head.at];
      if (entry === undefined) {
        if (head.walk !== undefined) return 'page';
        continue;
      }
      // Strictly below: of equal keys the first source, the newest, wins.
      if (leastKey === undefined || compareKeys(entry.key, leastKey) < 0) {
        least = head;
        leastKey = entry.key;
      }
    }
    const winner = least?.entries[least.at];
    if (least === undefined || winner === undefined) return undefined;
    for (const head of this.#heads) {
      const entry = head.entries[head.at];
      if (entry !== undefined && compareKeys(entry.key, winner.key) === 0) head.at += 1;
    }
    return { key: winner.key, value: winner.value, part: least.part };
  }

  /** Fetches the pages that {@link step} lacks. */
  async load(): Promise<void> {
    for (const head of this.#heads) {
      if (head.walk === undefined || head.at < head.entries.length) continue;
      const page = await head.walk.next();
      if (page === undefined) {
        await head.walk.close();
        head.walk = undefined;
      }
      head.entries = page?.entries ?? [];
      head.part = page?.part;
      head.at = 0;
    }
  }

  async close(): Promise<void> {
    for (const head of this.#heads) await head.walk?.close();
  }
}

function asPageEntry({ key, value }: MemtableEntry): PageEntry {
  return { key, value: value === undefined ? { kind: 'tombstone' } : { kind: 'inline', bytes: value } };
}
