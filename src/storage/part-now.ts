/** What a part answers without waiting: out of pages that are held, or that the system has. */

import { isPeregrineError } from '../base/index.ts';
import { MAX_BLOCKING_BYTES } from './blocking-reads.ts';
import { DataPage } from './data-page.ts';
import { ABSENT, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import { filterChunkOf, hashKey, mayHold } from './key-filter.ts';
import type { HeldPage } from './held-page.ts';
import type { CachedFile } from './page-cache.ts';
import { decodePage, type PagePlace } from './page.ts';
import { PageMap } from './part-format.ts';
import type { OpenPart } from './part-opening.ts';
import type { RetryingReads } from './retrying-reads.ts';

/** What is read at once is looked at before the next call. */
const frame = new Uint8Array(MAX_BLOCKING_BYTES);

export class PartNow {
  readonly #cached: CachedFile;
  readonly #reads: RetryingReads;
  readonly #partNumber: number;
  readonly #keyBytes: number;
  /** Undefined before it is open. */
  part: OpenPart | undefined = undefined;

  constructor(cached: CachedFile, reads: RetryingReads, partNumber: number, keyBytes: number) {
    this.#cached = cached;
    this.#reads = reads;
    this.#partNumber = partNumber;
    this.#keyBytes = keyBytes;
  }

  /** Looks for a key; UNKNOWN where that takes the disk. */
  look(key: Uint8Array, found: FoundValue): PointOutcome {
    const part = this.part;
    found.held = undefined;
    if (part === undefined) return UNKNOWN;
    const { footer, topMap } = part;
    const map = this.#heldMap(topMap.offsetOf(topMap.indexOf(key)));
    if (map === undefined) return UNKNOWN;
    const index = map.indexOf(key);
    const held = this.#cached.peek(map.offsetOf(index));
    if (held !== undefined) {
      found.held = held;
      return this.#pageOf(held).look(key, found);
    }
    // The filter may spare reading the page.
    const hash = hashKey(key);
    const chunk_bytes = footer.filter.size_bytes / footer.filterChunks;
    const chunk = this.#cached.peek(
      footer.filter.offset + filterChunkOf(hash, footer.filterChunks) * chunk_bytes,
    );
    if (chunk === undefined) return UNKNOWN;
    return mayHold(chunk.bytes, hash) ? this.#read(part, map.place(index), key, found) : ABSENT;
  }

  heldPage(offset: number): DataPage | undefined {
    const held = this.#cached.peek(offset);
    return held === undefined ? undefined : this.#pageOf(held);
  }

  /** Out of a page that the system gives at once; kept only where it is asked for again. */
  #read(part: OpenPart, place: PagePlace, key: Uint8Array, found: FoundValue): PointOutcome {
    if (place.size_bytes > MAX_BLOCKING_BYTES) return UNKNOWN;
    const bytes = frame.subarray(0, place.size_bytes);
    if (!this.#reads.blocking.tryRead(part.file, bytes, place.offset)) return UNKNOWN;
    try {
      const context = { file: part.file, partNumber: this.#partNumber, kind: 'data' } as const;
      const content = decodePage(bytes, place, context);
      if (content instanceof Promise) return UNKNOWN;
      const outcome = new DataPage(content, this.#keyBytes).lookOnce(key, found);
      if (this.#cached.missed(place.offset)) this.#cached.keep(place.offset, content.slice());
      return outcome;
    } catch (error) {
      // Read again the other way, it is told with its place and its keys.
      if (isPeregrineError(error, 'CORRUPT')) return UNKNOWN;
      throw error;
    }
  }

  #pageOf(held: HeldPage): DataPage {
    held.parsed ??= new DataPage(held.bytes, this.#keyBytes);
    return held.parsed as DataPage;
  }

  #heldMap(offset: number): PageMap | undefined {
    const held = this.#cached.peek(offset);
    if (held === undefined) return undefined;
    held.parsed ??= new PageMap(held.bytes, this.#keyBytes);
    return held.parsed as PageMap;
  }
}
