/**
 * Several sorted sources as one: the newest version of each key, deletions included. Steps are plain calls; only a page
 * that must be read is waited for.
 */

import { compareKeysAt } from './key-order.ts';
import type { PartReader } from './part-reader.ts';
import type { EntryBlock } from './record-block.ts';

/** Entries in key order, a block at a time. */
export interface BlockSource {
  /** The next block; `wait` where {@link load} must come first; undefined at the end. */
  next(): EntryBlock | 'wait' | undefined;
  load(): Promise<void>;
  close(): Promise<void>;
  /** Reads the values that the last block does not hold. */
  readonly part: PartReader | undefined;
}

interface Head {
  readonly source: BlockSource;
  block: EntryBlock | undefined;
  at: number;
  part: PartReader | undefined;
  isDone: boolean;
}

export class MergedWalk {
  readonly #keyBytes: number;
  readonly #all: readonly Head[];
  #heads: Head[];
  /** Some of the heads have come to their end. */
  #hasDone = false;
  #block: EntryBlock | undefined;
  #at = 0;
  #part: PartReader | undefined;

  /** Newest first, in the order in which they are given. */
  constructor(keyBytes: number, sources: readonly BlockSource[]) {
    this.#keyBytes = keyBytes;
    this.#all = sources.map((source) => ({
      source,
      block: undefined,
      at: 0,
      part: undefined,
      isDone: false,
    }));
    this.#heads = [...this.#all];
  }

  /** Of the entry that {@link step} has come to. */
  get block(): EntryBlock {
    return this.#block as EntryBlock;
  }

  /** Its index in {@link block}, or that of the first entry of the {@link rest}. */
  get at(): number {
    return this.#at;
  }

  get part(): PartReader | undefined {
    return this.#part;
  }

  /** Goes to the next entry; `wait` where {@link load} must come first. */
  step(): 'entry' | 'wait' | 'end' {
    const keyBytes = this.#keyBytes;
    if (!this.#fill()) return 'wait';
    const heads = this.#heads;
    let least = heads[0];
    if (least === undefined) return 'end';
    let isShared = false;
    for (let i = 1; i < heads.length; i++) {
      const head = heads[i] as Head;
      const order = compareHeads(head, least, keyBytes);
      // Of equal keys the first source, the newest, wins.
      if (order === 0) isShared = true;
      if (order >= 0) continue;
      least = head;
      isShared = false;
    }
    this.#block = least.block;
    this.#at = least.at;
    this.#part = least.part;
    if (isShared) {
      for (const head of heads) if (head !== least && compareHeads(head, least, keyBytes) === 0) head.at += 1;
    }
    least.at += 1;
    return 'entry';
  }

  /**
   * Where but one source is left: its block, of which it still has what stands from {@link at} on, and {@link skip} goes
   * behind that. Undefined where there are more, or where {@link step} would not come to an entry.
   */
  rest(): EntryBlock | undefined {
    if (!this.#fill()) return undefined;
    const [head] = this.#heads;
    if (head?.block === undefined || this.#heads.length > 1) return undefined;
    this.#part = head.part;
    this.#at = head.at;
    return head.block;
  }

  /** Passes over `count` entries of the {@link rest}. */
  skip(count: number): void {
    const [head] = this.#heads;
    if (head !== undefined) head.at += count;
  }

  /** Fetches the pages that {@link step} lacks. */
  async load(): Promise<void> {
    for (const head of this.#heads) {
      if (head.block === undefined || head.at === head.block.count) await head.source.load();
    }
  }

  async close(): Promise<void> {
    for (const { source } of this.#all) await source.close();
  }

  /** Gives every head a block with an entry; false where one must be waited for. */
  #fill(): boolean {
    for (const head of this.#heads) {
      while (!head.isDone && (head.block === undefined || head.at >= head.block.count)) {
        const block = head.source.next();
        if (block === 'wait') {
          head.block = undefined;
          return false;
        }
        head.block = block;
        head.at = 0;
        head.part = head.source.part;
        head.isDone = block === undefined;
        this.#hasDone ||= head.isDone;
      }
    }
    if (this.#hasDone) this.#heads = this.#heads.filter(({ isDone }) => !isDone);
    this.#hasDone = false;
    return true;
  }
}

function compareHeads(a: Head, b: Head, keyBytes: number): number {
  const aKeys = (a.block as EntryBlock).keys;
  const bKeys = (b.block as EntryBlock).keys;
  return compareKeysAt(aKeys, a.at * keyBytes, bKeys, b.at * keyBytes, keyBytes);
}

/** Blocks that are there already. */
export class HeldBlocks implements BlockSource {
  readonly part: PartReader | undefined = undefined;
  readonly #blocks: Iterator<EntryBlock>;

  constructor(blocks: Iterable<EntryBlock>) {
    this.#blocks = blocks[Symbol.iterator]();
  }

  next(): EntryBlock | undefined {
    const { done, value } = this.#blocks.next();
    return done === true ? undefined : value;
  }

  async load(): Promise<void> {}

  async close(): Promise<void> {}
}
