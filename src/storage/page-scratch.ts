/** Where a thread reads a page for one look at it: a linear memory, in which it is checked where it stands. */

import { alignUp } from './alignment.ts';
import { type BlockingReads, MAX_BLOCKING_BYTES } from './blocking-reads.ts';
import type { FilePlace, FoundValue } from './found-value.ts';
import type { KeyHash } from './key-filter.ts';
import { KernelScratch } from './memtable-memory.ts';
import {
  decodePage,
  hasChecksum,
  PAGE_CHECKSUM_BYTES,
  PAGE_HEADER_BYTES,
  PAGE_KIND_NUMBERS,
  type PageContext,
  type PageKind,
  type PagePlace,
} from './page.ts';
import { COMPRESSION_NUMBERS } from './page-compression.ts';
import { MAX_INLINE_BYTES, MAX_KEY_BYTES } from './part-format.ts';
import type { OpenPart } from './part-opening.ts';
import type { WantedKey } from './wanted-key.ts';

const HASH_BYTES = 8;
/** Somewhat more is read than is wanted, so that a few views do for all: each of its own would cost more than the bytes. */
const VIEW_STEP_BYTES = 512;
/** Of the first word of a page that is not compressed, beside its kind. */
const PLAIN: number = COMPRESSION_NUMBERS.none << 8;

let scratch: PageScratch | undefined;

/** That of this thread: what is read into it is looked at before the next call. */
export function pageScratch(): PageScratch {
  scratch ??= new PageScratch();
  return scratch;
}

export class PageScratch {
  readonly #memory = new KernelScratch([MAX_BLOCKING_BYTES, MAX_KEY_BYTES, HASH_BYTES]);
  /** Whether the last page stands in the file as its content does. */
  isPlain = false;
  /** Of the area for pages, by their length in steps. */
  readonly #views: Uint8Array[] = [];
  /** Of the same area, one value long, by the length. */
  readonly #values: (Uint8Array | undefined)[] = Array.from({ length: MAX_INLINE_BYTES + 1 });
  readonly #hash = { high: 0, low: 0 };

  /** By which filters are asked for the key. Good until the next one. */
  hashOf({ words: wanted, bytes: { length } }: WantedKey): KeyHash {
    const { words, kernels, areas } = this.#memory;
    const [, keyAt = 0, hashAt = 0] = areas;
    for (let i = 0; 4 * i < length; i++) words[(keyAt >> 2) + i] = wanted[i] as number;
    kernels.hashKeys(keyAt, 1, length, hashAt);
    return this.#hashRead();
  }

  /**
   * The content of a page, good until the next is read; undefined where it is damaged, or not for this thread.
   * `CORRUPT` where it can't be decompressed.
   */
  readPage(reads: BlockingReads, part: OpenPart, place: PagePlace, kind: PageKind): Uint8Array | undefined {
    const { offset, size_bytes } = place;
    if (size_bytes > MAX_BLOCKING_BYTES) return undefined;
    const { areas, words, kernels, bytes } = this.#memory;
    const [at = 0, , hashAt = 0] = areas;
    if (!reads.tryRead(part.file, this.#viewOf(at, size_bytes), offset, size_bytes)) return undefined;
    const stored_bytes = words[(at >> 2) + 1] as number;
    const checksumAt = PAGE_HEADER_BYTES + stored_bytes;
    const { partNumber } = part.footer;
    this.isPlain =
      words[at >> 2] === (PAGE_KIND_NUMBERS[kind] | PLAIN) && words[(at >> 2) + 2] === stored_bytes;
    if (!this.isPlain || alignUp(checksumAt + PAGE_CHECKSUM_BYTES) !== size_bytes) {
      const context: PageContext = { file: part.file, partNumber, kind };
      const content = decodePage(bytes.subarray(at, at + size_bytes), place, context);
      return content instanceof Promise ? undefined : content;
    }
    kernels.hashKeys(at, 1, checksumAt, hashAt);
    const high = words[hashAt >> 2] as number;
    const low = words[(hashAt >> 2) + 1] as number;
    if (!hasChecksum(bytes, at + checksumAt, high, low, partNumber, offset)) return undefined;
    return bytes.subarray(at + PAGE_HEADER_BYTES, at + checksumAt);
  }

  /** The hash of bytes of the page that was read. Good until the next one. */
  hashWithin(content: Uint8Array, from: number, to: number): KeyHash {
    const { kernels, areas } = this.#memory;
    kernels.hashKeys(content.byteOffset + from, 1, to - from, areas[2] as number);
    return this.#hashRead();
  }

  /** Reads a value alone, which has this hash. False where it must be read otherwise. */
  readValue(reads: BlockingReads, { file }: OpenPart, place: FilePlace, found: FoundValue): boolean {
    const { offset, length, high, low } = place;
    if (length > MAX_INLINE_BYTES) return false;
    const { areas, kernels, bytes } = this.#memory;
    const [at = 0, , hashAt = 0] = areas;
    let view = this.#values[length];
    if (view === undefined) {
      view = bytes.subarray(at, at + length);
      this.#values[length] = view;
    }
    if (!reads.tryRead(file, view, offset, length)) return false;
    kernels.hashKeys(at, 1, length, hashAt);
    const hash = this.#hashRead();
    // Damaged since, it is told by who reads its page.
    if ((hash.high | 0) !== high || (hash.low | 0) !== low) return false;
    found.set(view, 0, length);
    return true;
  }

  #hashRead(): KeyHash {
    const { words, areas } = this.#memory;
    const at = (areas[2] as number) >> 2;
    this.#hash.high = words[at] as number;
    this.#hash.low = words[at + 1] as number;
    return this.#hash;
  }

  #viewOf(at: number, size_bytes: number): Uint8Array {
    const steps = Math.ceil(size_bytes / VIEW_STEP_BYTES);
    let view = this.#views[steps];
    if (view === undefined) {
      view = this.#memory.bytes.subarray(at, at + steps * VIEW_STEP_BYTES);
      this.#views[steps] = view;
    }
    return view;
  }
}
