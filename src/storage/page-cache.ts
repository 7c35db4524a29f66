/**
 * Decompressed pages, bounded by their bytes. One for the process. Parts see it through {@link CachedFile} only, so that
 * another kind of cache can take its place.
 *
 * Which page goes is decided as SIEVE does (Zhang and others, NSDI 2024): pages stand in the order in which they came; a
 * hand walks from the oldest to the newest, spares those that were used since it last passed, and takes the first other
 * one. A scan that uses each page once passes through without driving out what is used again and again.
 *
 * What readers make of pages, and the places of records, are counted in the same bytes: in room that pages leave, and
 * given up before any page is, but for places that a sample has shown to be worth more.
 */

import type { HeldPage } from './held-page.ts';
import { PageFrames } from './page-frames.ts';
import { RecordPlaces } from './record-places.ts';

export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
}

export interface PageCache {
  /** A place for the pages of one file, counted under `name` (the database's). */
  forFile(name?: string): CachedFile;
  readonly size_bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Forgets half of what is held: memory is tight. */
  shed(): void;
  /** Hits and misses by name. */
  readonly figures: ReadonlyMap<string, CacheFigures>;
  /** Where records that were read lately stand on held pages. */
  readonly places: RecordPlaces;
  /** Hits and misses under a name, to be counted on by who finds pages without asking a file. */
  countersOf(name: string): { hits: number; misses: number };
}

export interface CachedFile {
  /** The page at `offset`; `load` reads it where it is not held, once for all who ask meanwhile. */
  read(offset: number, load: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** The page at `offset` if it is held. */
  peek(offset: number): HeldPage | undefined;
  /** Whether that is so, of which nothing is counted. */
  has(offset: number): boolean;
  /** Holds a page that was read otherwise. */
  keep(offset: number, bytes: Uint8Array): void;
  /** Counts a page that was read for once; true, and not counted, where it should be kept: there is room, or it was missed lately. */
  missed(offset: number): boolean;
  /** Forgets the file's pages. */
  drop(): void;
}

export interface PageCacheOptions {
  /** Reads each held page again before it is given out, and compares: to find out whose fault wrong bytes are. */
  readonly validates?: boolean;
  /** What is done where they differ. */
  readonly onMismatch?: (name: string, offset: number) => void;
}

const DEFAULT_PAGE_CACHE_BYTES: number = 64 * 1024 * 1024;

/** What a page costs beside its bytes: an estimate of its entry in map and list, and of its parsed form. */
const ENTRY_BYTES = 1024;

/** Pages that are remembered as missed; one place each, where another page may overwrite it. */
const MISSES: number = 2 ** 14;
/** Up to here a cache takes whatever comes. */
const ROOMY_SHARE = 0.9;
/** Beyond any offset in a part. */
const MAX_OFFSET: number = 2 ** 40;

/** The pages of a file that are held, and what is counted of them. */
interface FilePages {
  readonly pages: Map<number, Entry>;
  readonly figures: { hits: number; misses: number };
  readonly frames: PageFrames;
  /** As {@link HeldPage.growBy}. */
  readonly grow: (entry: Entry, size_bytes: number) => boolean;
}

class Entry implements HeldPage {
  readonly bytes: Uint8Array;
  readonly buffer: ArrayBufferLike;
  readonly offset: number;
  readonly #file: FilePages;
  parsed: unknown = undefined;
  readonly frame: number;
  isHeld = true;
  /** Of what was made of it. */
  grown_bytes = 0;
  newer: Entry | undefined = undefined;
  older: Entry | undefined = undefined;
  #list: (HeldPage | undefined)[] | undefined;
  #index = 0;

  constructor(bytes: Uint8Array, offset: number, file: FilePages) {
    this.bytes = bytes;
    this.buffer = bytes.buffer;
    this.frame = file.frames.take(this.buffer);
    this.offset = offset;
    this.#file = file;
  }

  use(): void {
    this.#file.frames.used[this.frame] = 1;
    this.#file.figures.hits += 1;
  }

  growBy(size_bytes: number): boolean {
    return this.isHeld && this.#file.grow(this, size_bytes);
  }

  listIn(list: (HeldPage | undefined)[], index: number): void {
    list[index] = this;
    this.#list = list;
    this.#index = index;
  }

  /** Its file has it no more, nor has the list that knew it. */
  forget(): void {
    this.isHeld = false;
    this.#file.frames.release(this.frame);
    this.#file.pages.delete(this.offset);
    if (this.#list?.[this.#index] === this) this.#list[this.#index] = undefined;
  }
}

export class SievePageCache implements PageCache {
  readonly #capacity_bytes: number;
  readonly #options: PageCacheOptions;
  readonly #figures = new Map<string, { hits: number; misses: number }>();
  #newest: Entry | undefined;
  #oldest: Entry | undefined;
  #hand: Entry | undefined;
  #size_bytes = 0;
  #count = 0;
  /** Numbers of pages that were missed: what is missed again is kept, so that what is read once drives nothing out. */
  readonly #missed = new Float64Array(MISSES);
  /** How many had been missed before each. */
  readonly #missedAt = new Uint32Array(MISSES);
  #misses = 0;
  #files = 0;
  /** Pages of which something was made that is counted, in the order in which that came. */
  readonly #grown = new Set<Entry>();

  readonly #frames = new PageFrames(() => this.places.clear());
  readonly places: RecordPlaces;

  constructor(capacity_bytes: number = DEFAULT_PAGE_CACHE_BYTES, options: PageCacheOptions = {}) {
    this.places = new RecordPlaces(this.#frames, {
      capacity_bytes,
      // What is to be compared is not given out of a copy.
      holdsValues: options.validates !== true,
      grow: (size_bytes) => this.#countSpare(size_bytes),
      take: (size_bytes) => {
        this.#size_bytes += size_bytes;
        while (this.#size_bytes > capacity_bytes && this.#oldest !== undefined) this.#giveWay();
      },
    });
    this.#capacity_bytes = capacity_bytes;
    this.#options = options;
  }

  get size_bytes(): number {
    return this.#size_bytes;
  }

  get hits(): number {
    return [...this.#figures.values()].reduce((sum, { hits }) => sum + hits, 0);
  }

  get misses(): number {
    return [...this.#figures.values()].reduce((sum, { misses }) => sum + misses, 0);
  }

  get figures(): ReadonlyMap<string, CacheFigures> {
    return this.#figures;
  }

  countersOf(name: string): { hits: number; misses: number } {
    const counters = this.#figures.get(name) ?? { hits: 0, misses: 0 };
    this.#figures.set(name, counters);
    return counters;
  }

  shed(): void {
    const aim_bytes = this.#size_bytes / 2;
    this.#size_bytes -= this.places.giveBack();
    while (this.#size_bytes > aim_bytes && this.#oldest !== undefined) this.#giveWay();
  }

  forFile(name = ''): CachedFile {
    const figures = this.countersOf(name);
    const { validates = false, onMismatch } = this.#options;
    const pages = new Map<number, Entry>();
    const grow = (entry: Entry, size_bytes: number): boolean => this.#grow(entry, size_bytes);
    const file: FilePages = { pages, figures, frames: this.#frames, grow };
    const loading = new Map<number, Promise<Uint8Array>>();
    let isDropped = false;
    this.#files += 1;
    const fileNumber = this.#files;
    const use = (offset: number): Entry | undefined => {
      const entry = pages.get(offset);
      if (entry === undefined) return undefined;
      entry.use();
      return entry;
    };
    const compare = (held: Entry, again: Uint8Array): void => {
      if (Buffer.compare(again, held.bytes) !== 0) onMismatch?.(name, held.offset);
    };
    const loadOnce = async (offset: number, load: () => Promise<Uint8Array>): Promise<Uint8Array> => {
      const underWay = loading.get(offset);
      if (underWay !== undefined) return underWay;
      figures.misses += 1;
      const promise = load();
      loading.set(offset, promise);
      try {
        const bytes = await promise;
        if (!isDropped) this.#keep(bytes, offset, file);
        return bytes;
      } finally {
        loading.delete(offset);
      }
    };
    return {
      // A page that is to be compared is not given out at once.
      peek: (offset) => (validates ? undefined : use(offset)),
      has: (offset) => pages.has(offset),
      read: async (offset, load) => {
        const held = use(offset);
        if (held === undefined) return loadOnce(offset, load);
        const { bytes } = held;
        if (!validates) return bytes;
        const again = await load();
        compare(held, again);
        return again;
      },
      keep: (offset, bytes) => {
        const held = validates ? use(offset) : undefined;
        if (held !== undefined) {
          compare(held, bytes);
          return;
        }
        figures.misses += 1;
        if (!isDropped) this.#keep(bytes, offset, file);
      },
      missed: (offset) => {
        // Who read it otherwise shall hand it over to be compared.
        if (validates && pages.has(offset)) return true;
        const place = (Math.imul(fileNumber, 0x9e37_79b1) ^ Math.imul(offset / 8, 0x85eb_ca6b)) >>> 18;
        const number = fileNumber * MAX_OFFSET + offset;
        // Soon: before as many others were missed as there are pages held.
        const isAgain =
          this.#missed[place] === number && this.#misses - (this.#missedAt[place] as number) <= this.#count;
        if (isAgain || this.#size_bytes < this.#capacity_bytes * ROOMY_SHARE) return true;
        this.#missed[place] = number;
        this.#missedAt[place] = this.#misses;
        this.#misses += 1;
        figures.misses += 1;
        return false;
      },
      drop: () => {
        isDropped = true;
        for (const entry of pages.values()) this.#remove(entry);
      },
    };
  }

  #keep(bytes: Uint8Array, offset: number, file: FilePages): void {
    const size_bytes = bytes.length + ENTRY_BYTES;
    // A page that would push out much of the rest is not worth it.
    if (size_bytes > this.#capacity_bytes / 8 || file.pages.has(offset)) return;
    while (this.#size_bytes + size_bytes > this.#capacity_bytes && this.#oldest !== undefined)
      this.#giveWay();
    const entry = new Entry(bytes, offset, file);
    entry.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    file.pages.set(offset, entry);
    this.#size_bytes += size_bytes;
    this.#count += 1;
  }

  /** Only of what there is room for beside pages: those come first. */
  #grow(entry: Entry, size_bytes: number): boolean {
    if (!this.#countSpare(size_bytes)) return false;
    entry.grown_bytes += size_bytes;
    this.#grown.add(entry);
    return true;
  }

  #countSpare(size_bytes: number): boolean {
    const isTooMuch = this.#size_bytes + size_bytes > this.#capacity_bytes * ROOMY_SHARE;
    if (size_bytes > 0 && isTooMuch) return false;
    this.#size_bytes += size_bytes;
    return true;
  }

  /** What was made of pages goes before any page does: it can be made again. */
  #giveWay(): void {
    for (const entry of this.#grown) {
      this.#shrink(entry);
      return;
    }
    if (!this.places.giveWay()) this.#evict();
  }

  #shrink(entry: Entry): void {
    if (!this.#grown.delete(entry)) return;
    entry.parsed = undefined;
    this.#size_bytes -= entry.grown_bytes;
    entry.grown_bytes = 0;
  }

  #evict(): void {
    let hand = this.#hand ?? this.#oldest;
    const { used } = this.#frames;
    while (hand !== undefined && used[hand.frame] === 1) {
      used[hand.frame] = 0;
      hand = hand.newer ?? this.#oldest;
    }
    if (hand === undefined) return;
    this.#hand = hand;
    this.#remove(hand);
  }

  /** Takes it out of the list and from its file; the hand goes on behind it. */
  #remove(entry: Entry): void {
    this.#shrink(entry);
    this.#size_bytes -= entry.bytes.length + ENTRY_BYTES;
    this.#count -= 1;
    entry.forget();
    const { newer, older } = entry;
    if (this.#hand === entry) this.#hand = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    // Who still knows it keeps no other page by that.
    entry.newer = undefined;
    entry.older = undefined;
  }
}
