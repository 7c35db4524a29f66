/**
 * Decompressed pages, bounded by their bytes, least recently used first out. One for the process. Parts see it through
 * {@link CachedFile} only, so that another kind of cache can take its place.
 */

import { ALIGNMENT_BYTES } from './alignment.ts';

export interface PageCache {
  /** A place for the pages of one file. */
  forFile(): CachedFile;
  readonly size_bytes: number;
  readonly hits: number;
  readonly misses: number;
}

export interface CachedFile {
  /** The page at `offset`; `load` reads it where it is not held, once for all who ask meanwhile. */
  read(offset: number, load: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** The page at `offset` if it is held. */
  peek(offset: number): Uint8Array | undefined;
  /** Forgets the file's pages; its place may serve another file. */
  drop(): void;
}

export const DEFAULT_PAGE_CACHE_BYTES: number = 64 * 1024 * 1024;

/** What a page costs beside its bytes: an estimate of its entry in the maps. */
const ENTRY_BYTES = 160;
/** Offsets of one file stay below this many alignment units: 32 GiB. */
const OFFSETS_PER_FILE = 2 ** 32;

export class LruPageCache implements PageCache {
  readonly #capacity_bytes: number;
  /** In order of use, the least recent first. */
  readonly #pages = new Map<number, Uint8Array>();
  readonly #loading = new Map<number, Promise<Uint8Array>>();
  readonly #freeFiles: number[] = [];
  #nextFile = 0;
  #size_bytes = 0;
  #hits = 0;
  #misses = 0;

  constructor(capacity_bytes: number = DEFAULT_PAGE_CACHE_BYTES) {
    this.#capacity_bytes = capacity_bytes;
  }

  get size_bytes(): number {
    return this.#size_bytes;
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  forFile(): CachedFile {
    const file = this.#freeFiles.pop() ?? this.#nextFile++;
    const offsets = new Set<number>();
    let isDropped = false;
    const keyOf = (offset: number): number => file * OFFSETS_PER_FILE + offset / ALIGNMENT_BYTES;
    return {
      peek: (offset) => this.#use(keyOf(offset)),
      read: async (offset, load) => {
        const key = keyOf(offset);
        const held = this.#use(key);
        if (held !== undefined) return held;
        const bytes = await this.#load(key, load);
        if (!isDropped && this.#keep(key, bytes)) offsets.add(offset);
        return bytes;
      },
      drop: () => {
        if (isDropped) return;
        isDropped = true;
        for (const offset of offsets) this.#forget(keyOf(offset));
        // Loads under way still know the old place: it is given out again only when there are none.
        const isLoading = [...this.#loading.keys()].some(
          (key) => Math.floor(key / OFFSETS_PER_FILE) === file,
        );
        if (!isLoading) this.#freeFiles.push(file);
      },
    };
  }

  #use(key: number): Uint8Array | undefined {
    const page = this.#pages.get(key);
    if (page === undefined) return undefined;
    this.#hits += 1;
    this.#pages.delete(key);
    this.#pages.set(key, page);
    return page;
  }

  async #load(key: number, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const underWay = this.#loading.get(key);
    if (underWay !== undefined) return underWay;
    this.#misses += 1;
    const loading = load();
    this.#loading.set(key, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(key);
    }
  }

  #keep(key: number, bytes: Uint8Array): boolean {
    const size_bytes = bytes.length + ENTRY_BYTES;
    // A page that would push out much of the rest is not worth it.
    if (size_bytes > this.#capacity_bytes / 8) return false;
    if (this.#pages.has(key)) return true;
    this.#pages.set(key, bytes);
    this.#size_bytes += size_bytes;
    for (const oldest of this.#pages.keys()) {
      if (this.#size_bytes <= this.#capacity_bytes) break;
      this.#forget(oldest);
    }
    return true;
  }

  #forget(key: number): void {
    const page = this.#pages.get(key);
    if (page === undefined) return;
    this.#pages.delete(key);
    this.#size_bytes -= page.length + ENTRY_BYTES;
  }
}
