/** What a part answers without waiting: out of pages that are held, or that the system has. */

import { isPeregrineError } from '../base/index.ts';
import { DataPage } from './data-page.ts';
import { ABSENT, FOUND, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import { filterChunkOf, mayHold } from './key-filter.ts';
import type { HeldPage } from './held-page.ts';
import type { CachedFile } from './page-cache.ts';
import { PAGE_HEADER_BYTES, type PagePlace } from './page.ts';
import { type PageScratch, pageScratch } from './page-scratch.ts';
import { PageMap } from './part-format.ts';
import type { OpenPart } from './part-opening.ts';
import type { EntryBlock } from './record-block.ts';
import type { RetryingReads } from './retrying-reads.ts';
import type { WantedKey } from './wanted-key.ts';

export class PartNow {
  readonly #cached: CachedFile;
  readonly #reads: RetryingReads;
  readonly #keyBytes: number;
  /** Undefined before it is open. */
  part: OpenPart | undefined = undefined;

  constructor(cached: CachedFile, reads: RetryingReads, keyBytes: number) {
    this.#cached = cached;
    this.#reads = reads;
    this.#keyBytes = keyBytes;
  }

  /** Looks for a key; UNKNOWN where that takes the disk. */
  look(wanted: WantedKey, found: FoundValue): PointOutcome {
    const key = wanted.bytes;
    const part = this.part;
    found.held = undefined;
    found.place.part = undefined;
    if (part === undefined) return UNKNOWN;
    const { footer, topMap } = part;
    const map = this.heldMap(topMap, topMap.indexOf(key));
    if (map === undefined) return UNKNOWN;
    const index = map.indexOf(key);
    const held = this.#heldPage(map, index);
    if (held !== undefined) {
      found.held = held;
      return this.#pageOf(held).look(wanted, held, found);
    }
    // The filter may spare reading the page.
    const scratch = pageScratch();
    const hash = scratch.hashOf(wanted);
    const chunk_bytes = footer.filter.size_bytes / footer.filterChunks;
    const chunk = this.#cached.peek(
      footer.filter.offset + filterChunkOf(hash, footer.filterChunks) * chunk_bytes,
    );
    if (chunk === undefined) return UNKNOWN;
    return mayHold(chunk.bytes, hash) ? this.#read(scratch, part, map.place(index), key, found) : ABSENT;
  }

  /** The entries of a page that is held. */
  heldBlock(map: PageMap, index: number): EntryBlock | undefined {
    const held = this.#heldPage(map, index);
    return held === undefined ? undefined : this.#pageOf(held).block(held);
  }

  /** The page of a map that another map leads to, if it is held. */
  heldMap(topMap: PageMap, index: number): PageMap | undefined {
    const held = this.#heldPage(topMap, index);
    if (held === undefined) return undefined;
    held.parsed ??= new PageMap(held.bytes, this.#keyBytes);
    return held.parsed as PageMap;
  }

  /** Out of a page that the system gives at once; kept only where it is asked for again. */
  #read(
    pages: PageScratch,
    part: OpenPart,
    place: PagePlace,
    key: Uint8Array,
    found: FoundValue,
  ): PointOutcome {
    try {
      const content = pages.readPage(this.#reads.blocking, part, place);
      if (content === undefined) return UNKNOWN;
      const outcome = new DataPage(content, this.#keyBytes).lookOnce(key, found);
      if (this.#cached.missed(place.offset)) {
        this.#cached.keep(place.offset, content.slice());
      } else if (outcome === FOUND && pages.isPlain) {
        found.place.part = part;
        const within = found.bytes.byteOffset - content.byteOffset + found.from;
        found.place.offset = place.offset + PAGE_HEADER_BYTES + within;
      }
      return outcome;
    } catch (error) {
      // Read again the other way, it is told with its place and its keys.
      if (isPeregrineError(error, 'CORRUPT')) return UNKNOWN;
      throw error;
    }
  }

  /** The page at `index` of a map, if it is held: known from last time, else looked for. */
  #heldPage(map: PageMap, index: number): HeldPage | undefined {
    const known = map.held[index];
    if (known?.isHeld === true) {
      known.use();
      return known;
    }
    const held = this.#cached.peek(map.offsetOf(index));
    held?.listIn(map.held, index);
    return held;
  }

  #pageOf(held: HeldPage): DataPage {
    held.parsed ??= new DataPage(held.bytes, this.#keyBytes);
    return held.parsed as DataPage;
  }
}
