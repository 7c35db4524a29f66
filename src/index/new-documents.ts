/**
 * Whether documents are in no segment yet. Where they are many beside a segment's, its documents are gone through: to look for each of them
 * would be to wait for memory again and again. For others the segment's filter is read as a whole, and only those that it can't rule out
 * are looked for.
 */

import type { DocId } from '../base/index.ts';
import { filterBits, filterHash } from './docid-filter.ts';
import { splitDocId } from './document-table.ts';
import type { KernelMemory } from './linear-memory.ts';
import { type HeldSource, mayHave } from './owned-segment.ts';

/** Documents that are held against a filter between two pauses, and those of a segment that are gone through. */
const DOCUMENTS_A_STEP = 2 ** 15;
const PASSED_A_STEP = 2 ** 17;
/** Words of a filter that are copied at a time. */
const FILTER_WORDS_A_STEP = 2 ** 18;
/** Documents of a segment that are gone through in the time in which one is held against its filter. */
const PASSED_FOR_ONE = 8;
/** Of so many values of the lowest bits of docIds each document marks one. */
const VALUES_A_MARK = 32;
const MOST_MARK_BITS = 22;

/** Documents that may be new. */
export interface ComingDocuments {
  readonly docIds: Float64Array;
  has(docId: DocId): boolean;
}

type Source = Pick<HeldSource, 'segment' | 'live'>;

/**
 * True where no source has any of the documents, live, nor a damaged page that hides it; a pause behind each step. `filterWords`: of
 * a filter at a time.
 */
export function* areNew(
  { linear }: { readonly linear: KernelMemory },
  documents: ComingDocuments,
  sources: readonly Source[],
  filterWords: number = FILTER_WORDS_A_STEP,
): Generator<void, boolean> {
  const { docIds } = documents;
  const isSmall = ({ segment }: Source): boolean => segment.head.documents < docIds.length * PASSED_FOR_ONE;
  const marks = new DocIdMarks(linear, docIds);
  try {
    for (const source of sources.filter(isSmall)) if (yield* marks.areIn(source, documents)) return false;
  } finally {
    marks.close();
  }
  const large = sources.filter((source) => !isSmall(source));
  return large.length === 0 || !(yield* areLetThrough(docIds, large, filterWords));
}

/** True where one of the documents is live in one of the sources, as far as {@link areNew} can say, by the filters of these. */
function* areLetThrough(
  docIds: Float64Array,
  sources: readonly Source[],
  filterWords: number,
): Generator<void, boolean> {
  const hashes = new Uint32Array(docIds.length);
  const bits = new Int32Array(docIds.length);
  docIds.forEach((docId, i) => {
    const { high, low } = splitDocId(docId as DocId);
    hashes[i] = filterHash(high, low);
    bits[i] = filterBits(high, low);
  });
  for (const source of sources) {
    const { segment } = source;
    // Known to be no negative number, it divides as an integer.
    const words = segment.head.filterWords >>> 0;
    for (let first = 0; first < words; first += filterWords) {
      const filter = segment.soundly(
        () => segment.filter(first, Math.min(filterWords, words - first)),
        undefined,
      );
      if (filter === undefined) return true;
      for (let from = 0; from < docIds.length; from += DOCUMENTS_A_STEP) {
        const past = Math.min(docIds.length, from + DOCUMENTS_A_STEP);
        for (let i = from; i < past; i++) {
          const own = bits[i] as number;
          // A word of another step is none here, and has no bits.
          const word = filter[((hashes[i] as number) % words) - first] ?? 0;
          if ((word & own) === own && mayHave(source, docIds[i] as DocId)) return true;
        }
        yield;
      }
    }
  }
  return false;
}

/** Bits for the lowest bits of docIds, which rule out nearly all others. */
class DocIdMarks {
  readonly #linear: KernelMemory;
  readonly #address: number;
  readonly #bits: number;

  constructor(linear: KernelMemory, docIds: Float64Array) {
    this.#linear = linear;
    this.#bits = Math.min(MOST_MARK_BITS, Math.ceil(Math.log2(VALUES_A_MARK * (docIds.length + 1))));
    this.#address = linear.allocateZeroed(2 ** (this.#bits - 3));
    const mask = 2 ** this.#bits - 1;
    const { words } = linear;
    const first = this.#address >> 2;
    for (let i = 0; i < docIds.length; i++) {
      const value = (docIds[i] as number) & mask;
      const word = first + (value >> 5);
      words[word] = (words[word] as number) | (1 << (value & 31));
    }
  }

  /** True where one of the documents is live in the segment, or a damaged page hides that. */
  *areIn({ segment, live }: Source, documents: ComingDocuments): Generator<void, boolean> {
    const { documents: count } = segment.head;
    for (let first = 0; first < count; first += PASSED_A_STEP) {
      const past = Math.min(count, first + PASSED_A_STEP);
      const isFound = segment.soundly(() => {
        for (let next = first; ; next += 1) {
          next = segment.nextMarked(next, past, this.#address, this.#bits);
          if (next === past) return false;
          if (live.has(next) && documents.has(segment.docId(next))) return true;
        }
      }, true);
      if (isFound) return true;
      yield;
    }
    return false;
  }

  close(): void {
    this.#linear.free(this.#address);
  }
}
