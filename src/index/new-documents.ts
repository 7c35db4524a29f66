/**
 * Whether documents are in no segment yet. Of many documents each segment's filter is read as a whole, and only those that it can't
 * rule out are looked for: one by one they would be looked up in its pages, as many times as there are segments.
 */

import type { DocId } from '../base/index.ts';
import { filterBits, filterHash } from './docid-filter.ts';
import { splitDocId } from './document-table.ts';
import { type HeldSource, mayHave } from './owned-segment.ts';

/** Documents that are held against a filter between two pauses. */
const DOCUMENTS_A_STEP = 2 ** 15;
/** Words of a filter that are copied at a time. */
const FILTER_WORDS_A_STEP = 2 ** 18;

/**
 * True where no source has any of the documents, live, nor a damaged page that hides it; a pause behind each step. `filterWords`: of
 * a filter at a time.
 */
export function* areNew(
  docIds: Float64Array,
  sources: readonly Pick<HeldSource, 'segment' | 'live'>[],
  filterWords: number = FILTER_WORDS_A_STEP,
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
      if (filter === undefined) return false;
      for (let from = 0; from < docIds.length; from += DOCUMENTS_A_STEP) {
        const past = Math.min(docIds.length, from + DOCUMENTS_A_STEP);
        for (let i = from; i < past; i++) {
          const own = bits[i] as number;
          // A word of another step is none here, and has no bits.
          const word = filter[((hashes[i] as number) % words) - first] ?? 0;
          if ((word & own) === own && mayHave(source, docIds[i] as DocId)) return false;
        }
        yield;
      }
    }
  }
  return true;
}
