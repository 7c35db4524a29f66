/**
 * A walk over a part, a block for each data page. Pages that are not cached are read many at a time, more each time, and
 * the next stretch while this one is looked at.
 */

import { isPeregrineError } from '../base/index.ts';
import { lowerBound } from './key-order.ts';
import { decodePage } from './page.ts';
import type { PagePosition, PartReader } from './part-reader.ts';
import { DataPage } from './data-page.ts';
import { type EntryBlock, sliceBlock } from './record-block.ts';
import type { ReadManner } from './retrying-reads.ts';

const FIRST_STRETCH_BYTES: number = 16 * 1024;
const MAX_STRETCH_BYTES: number = 1024 * 1024;

export interface CursorOptions {
  /** False for a walk that should not fill the cache: it reads long stretches at once. Nor do reads in the background fill it. */
  readonly keepPages: boolean;
  readonly manner: ReadManner;
}

/** Bytes of the file as they stand there. */
interface Stretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class PartCursor {
  readonly #reader: PartReader;
  readonly #start: Uint8Array;
  readonly #options: CursorOptions;
  readonly #fillsCache: boolean;
  #position: PagePosition | undefined;
  /** The next block, where it had to be waited for. */
  #loaded: EntryBlock | undefined;
  #stretch: Stretch | undefined;
  #following: Promise<Stretch | undefined> | undefined;
  #stretch_bytes: number;
  #isFirst = true;
  #isDone = false;

  constructor(reader: PartReader, start: Uint8Array, options: CursorOptions) {
    this.#reader = reader;
    this.#start = start;
    this.#options = options;
    this.#fillsCache = options.keepPages && options.manner.priority !== 'background';
    this.#stretch_bytes = options.keepPages ? FIRST_STRETCH_BYTES : MAX_STRETCH_BYTES;
  }

  /** The next block; `wait` where {@link load} must come first; undefined at the end. */
  next(): EntryBlock | 'wait' | undefined {
    const loaded = this.#loaded;
    if (loaded !== undefined) {
      this.#loaded = undefined;
      return this.#deliver(loaded);
    }
    if (this.#isDone) return undefined;
    const position = this.#position;
    if (position === undefined || position.index >= position.map.count) return 'wait';
    const block = this.#reader.heldBlock(position) ?? this.#fromStretch(position);
    return block === undefined ? 'wait' : this.#deliver(block);
  }

  async load(): Promise<void> {
    if (this.#loaded !== undefined || this.#isDone) return;
    const { manner } = this.#options;
    this.#position ??= await this.#reader.positionOf(this.#start, manner);
    if (this.#position.index >= this.#position.map.count) {
      const next = await this.#reader.nextMap(this.#position, manner);
      this.#isDone = next === undefined;
      this.#position = next;
    }
    const position = this.#position;
    if (position === undefined) return;
    this.#loaded = this.#reader.heldBlock(position);
    if (this.#loaded !== undefined) return;
    await this.#advanceStretch(position);
    this.#loaded =
      this.#fromStretch(position) ?? (await this.#reader.readBlock(position, this.#fillsCache, manner));
  }

  #deliver(block: EntryBlock): EntryBlock {
    if (this.#position !== undefined) this.#position.index += 1;
    if (!this.#isFirst) return block;
    this.#isFirst = false;
    const from = lowerBound(block.keys, 0, block.keyBytes, block.count, this.#start, block.keyBytes);
    return from === 0 ? block : sliceBlock(block, from, block.count);
  }

  /** The page out of what was read ahead; undefined where it is not there, is large, or is damaged. */
  #fromStretch(position: PagePosition): EntryBlock | undefined {
    const stretch = this.#stretch;
    if (stretch === undefined) return undefined;
    const place = position.map.place(position.index);
    const from = place.offset - stretch.offset;
    if (from < 0 || from + place.size_bytes > stretch.bytes.length) return undefined;
    try {
      const context = this.#reader.contextOf(position);
      const content = decodePage(stretch.bytes.subarray(from, from + place.size_bytes), place, context);
      if (content instanceof Promise) {
        content.catch(() => undefined);
        return undefined;
      }
      const block = new DataPage(content, this.#start.length).block();
      // A copy: as a view it would hold the whole stretch.
      if (this.#fillsCache) this.#reader.keepPage(place, content.slice());
      return block;
    } catch (error) {
      // Read alone it is tried again, and told with all that is known of it.
      if (isPeregrineError(error, 'CORRUPT')) return undefined;
      throw error;
    }
  }

  async #advanceStretch(position: PagePosition): Promise<void> {
    const { offset, size_bytes } = position.map.place(position.index);
    const following = await this.#following;
    this.#following = undefined;
    const isInside = (stretch: Stretch | undefined): boolean =>
      stretch !== undefined &&
      offset >= stretch.offset &&
      offset + size_bytes <= stretch.offset + stretch.bytes.length;
    // A single page is better read alone, into the cache.
    if (isInside(following)) this.#stretch = following;
    else if (this.#stretch_bytes > FIRST_STRETCH_BYTES) this.#stretch = await this.#read(position, offset);
    else this.#stretch = undefined;
    this.#stretch_bytes = Math.min(MAX_STRETCH_BYTES, this.#stretch_bytes * 4);
    const { keepPages } = this.#options;
    if (keepPages || this.#stretch === undefined) return;
    this.#following = this.#read(position, this.#wholePagesEnd(position, this.#stretch));
  }

  /** Where the first page begins that the stretch does not hold whole. */
  #wholePagesEnd({ map, index }: PagePosition, stretch: Stretch): number {
    const end = stretch.offset + stretch.bytes.length;
    let low = index;
    let high = map.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const place = map.place(middle);
      if (place.offset + place.size_bytes <= end) low = middle + 1;
      else high = middle;
    }
    return low < map.count ? map.place(low).offset : end;
  }

  async #read(position: PagePosition, offset: number): Promise<Stretch | undefined> {
    try {
      const bytes = await this.#reader.readAhead(position, offset, this.#stretch_bytes);
      return bytes.length === 0 ? undefined : { offset, bytes };
    } catch {
      // What is only read ahead is read again, page by page, where it is needed.
      return undefined;
    }
  }
}
