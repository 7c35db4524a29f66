/** What a part answers without waiting: out of pages that are held, or that the system has. */

import { isPeregrineError } from '../base/index.ts';
import { alignUp } from './alignment.ts';
import { MAX_BLOCKING_BYTES } from './blocking-reads.ts';
import { DataPage } from './data-page.ts';
import { ABSENT, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import { filterChunkOf, hashKey, mayHold } from './key-filter.ts';
import type { HeldPage } from './held-page.ts';
import { KernelScratch } from './memtable-memory.ts';
import type { CachedFile } from './page-cache.ts';
import {
  decodePage,
  hasChecksum,
  PAGE_CHECKSUM_BYTES,
  PAGE_HEADER_BYTES,
  PAGE_KIND_NUMBERS,
  type PagePlace,
} from './page.ts';
import { COMPRESSION_NUMBERS } from './page-compression.ts';
import { PageMap } from './part-format.ts';
import type { OpenPart } from './part-opening.ts';
import type { RetryingReads } from './retrying-reads.ts';

/** What is read at once is looked at before the next call, and hashed where it stands. */
let scratch: KernelScratch | undefined;

const HASH_BYTES = 8;
/** The first word of a data page that is not compressed. */
const PLAIN_DATA: number = PAGE_KIND_NUMBERS.data | (COMPRESSION_NUMBERS.none << 8);

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
    scratch ??= new KernelScratch([MAX_BLOCKING_BYTES, HASH_BYTES]);
    const at = scratch.areas[0] as number;
    const bytes = scratch.bytes.subarray(at, at + place.size_bytes);
    if (!this.#reads.blocking.tryRead(part.file, bytes, place.offset)) return UNKNOWN;
    try {
      const content = this.#contentOf(scratch, bytes, part, place);
      if (content === undefined) return UNKNOWN;
      const outcome = new DataPage(content, this.#keyBytes).lookOnce(key, found);
      if (this.#cached.missed(place.offset)) this.#cached.keep(place.offset, content.slice());
      return outcome;
    } catch (error) {
      // Read again the other way, it is told with its place and its keys.
      if (isPeregrineError(error, 'CORRUPT')) return UNKNOWN;
      throw error;
    }
  }

  /** The content of a page that stands in the scratch; undefined where it is damaged, or not for this thread. */
  #contentOf(
    { areas, words, kernels }: KernelScratch,
    bytes: Uint8Array,
    part: OpenPart,
    { offset, size_bytes }: PagePlace,
  ): Uint8Array | undefined {
    const at = areas[0] as number;
    const hashAt = areas[1] as number;
    const stored_bytes = words[(at >> 2) + 1] as number;
    const checksumAt = PAGE_HEADER_BYTES + stored_bytes;
    const isPlain = words[at >> 2] === PLAIN_DATA && words[(at >> 2) + 2] === stored_bytes;
    if (!isPlain || alignUp(checksumAt + PAGE_CHECKSUM_BYTES) !== size_bytes) {
      const context = { file: part.file, partNumber: this.#partNumber, kind: 'data' } as const;
      const content = decodePage(bytes, { offset, size_bytes }, context);
      return content instanceof Promise ? undefined : content;
    }
    kernels.hashKeys(at, 1, checksumAt, hashAt);
    const high = words[hashAt >> 2] as number;
    const low = words[(hashAt >> 2) + 1] as number;
    const isWhole = hasChecksum(bytes, checksumAt, high, low, this.#partNumber, offset);
    return isWhole ? bytes.subarray(PAGE_HEADER_BYTES, checksumAt) : undefined;
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
