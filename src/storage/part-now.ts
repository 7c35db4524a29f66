/** What a part answers without waiting: out of pages that are held, or that the system has. */

import { isPeregrineError } from '../base/index.ts';
import { DataPage } from './data-page.ts';
import { ABSENT, ELSEWHERE, FOUND, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import { filterChunkOf, mayHold } from './key-filter.ts';
import type { HeldPage } from './held-page.ts';
import type { CachedFile } from './page-cache.ts';
import { PAGE_HEADER_BYTES, type PageKind, type PagePlace } from './page.ts';
import { type PageScratch, pageScratch } from './page-scratch.ts';
import { filterPlace, PageMap } from './part-format.ts';
import type { OpenPart } from './part-opening.ts';
import type { EntryBlock } from './record-block.ts';
import type { RetryingReads } from './retrying-reads.ts';
import type { WantedKey } from './wanted-key.ts';

/** What a part has in memory of that which tells where its keys are. */
export interface PartHeat {
  /** First and last key of each map page that is held. */
  readonly maps: readonly (readonly [Uint8Array, Uint8Array])[];
  /** Each filter chunk that is held, from where to where among all hashes: from 0 to 1. */
  readonly filters: readonly (readonly [number, number])[];
}

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

  /** Looks for a key; UNKNOWN, or ELSEWHERE of a long value, where that takes the disk. */
  look(wanted: WantedKey, found: FoundValue): PointOutcome {
    const { part } = this;
    found.held = undefined;
    found.place.part = undefined;
    if (part === undefined) return UNKNOWN;
    const outcome = this.#look(part, wanted, found);
    return outcome === ELSEWHERE ? this.#readStored(part, found) : outcome;
  }

  #look(part: OpenPart, wanted: WantedKey, found: FoundValue): PointOutcome {
    const key = wanted.bytes;
    const { footer, topMap } = part;
    const map = this.#mapNow(part, topMap.indexOf(key));
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
    const place = filterPlace(footer, filterChunkOf(hash, footer.filterChunks));
    const chunk = this.#cached.peek(place.offset)?.bytes ?? this.#readAndKeep(part, place, 'filter');
    if (chunk === undefined) return UNKNOWN;
    return mayHold(chunk, hash) ? this.#read(scratch, part, map.place(index), key, found) : ABSENT;
  }

  /** Undefined where nothing of it is held. */
  heat(): PartHeat | undefined {
    const part = this.part;
    if (part === undefined) return undefined;
    const { footer, topMap } = part;
    const maps: PartHeat['maps'][number][] = [];
    for (let i = 0; i < topMap.count; i++) {
      if (!this.#cached.has(topMap.offsetOf(i))) continue;
      maps.push([topMap.firstKey(i) ?? footer.firstKey, topMap.firstKey(i + 1) ?? footer.lastKey]);
    }
    const filters: PartHeat['filters'][number][] = [];
    const chunks = footer.filterChunks;
    for (let chunk = 0; chunk < chunks; chunk++) {
      if (this.#cached.has(filterPlace(footer, chunk).offset))
        filters.push([chunk / chunks, (chunk + 1) / chunks]);
    }
    return maps.length + filters.length === 0 ? undefined : { maps, filters };
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

  /** A page of the map, read where it is not held. */
  #mapNow(part: OpenPart, index: number): PageMap | undefined {
    const held = this.heldMap(part.topMap, index);
    if (held !== undefined) return held;
    const bytes = this.#readAndKeep(part, part.topMap.place(index), 'map');
    if (bytes === undefined) return undefined;
    return this.heldMap(part.topMap, index) ?? new PageMap(bytes, this.#keyBytes);
  }

  /** What leads to records is kept whenever it was read: all of it takes little room. */
  #readAndKeep(part: OpenPart, place: PagePlace, kind: PageKind): Uint8Array | undefined {
    const bytes = this.#contentNow(part, place, kind)?.slice();
    if (bytes !== undefined) this.#cached.keep(place.offset, bytes);
    return bytes;
  }

  /** Good until the next is read; undefined where only a read that waits can tell, or tells of damage. */
  #contentNow(part: OpenPart, place: PagePlace, kind: PageKind): Uint8Array | undefined {
    try {
      return pageScratch().readPage(this.#reads.blocking, part, place, kind);
    } catch (error) {
      if (isPeregrineError(error, 'CORRUPT')) return undefined;
      throw error;
    }
  }

  /** A value that has a page of its own. */
  #readStored(part: OpenPart, found: FoundValue): PointOutcome {
    const { stored } = found;
    if (stored === undefined) return UNKNOWN;
    const { offset, value_bytes } = stored;
    const held = this.#cached.peek(offset);
    const content = held?.bytes ?? this.#contentNow(part, stored, 'value');
    found.held = held;
    if (content?.length !== value_bytes) return ELSEWHERE;
    if (held === undefined && this.#cached.missed(offset)) this.#cached.keep(offset, content.slice());
    return found.set(content, 0, value_bytes);
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
      const content = pages.readPage(this.#reads.blocking, part, place, 'data');
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
