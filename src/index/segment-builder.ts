/** Inverts analysed documents into a segment: counts, places terms in hash order, scatters occurrences, encodes. */

import type { DocId } from '../base/index.ts';
import type { AnalysedDocument } from '../text/index.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import type { WordsOfTerms } from './words/word-frequencies.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface BuilderDocument {
  readonly docId: DocId;
  readonly document: AnalysedDocument;
}

const POSITION_BITS = 20;
const POSITION_MASK = 2 ** POSITION_BITS - 1;

/** A writer that has taken all terms of `documents`, in their order; to be finished. */
export function buildSegment(documents: readonly BuilderDocument[]): SegmentWriter {
  const table = new DocumentTable();
  const fields = new ColumnBuilder();
  for (const { docId, document } of documents) {
    const number = table.add(docId, document);
    if (document.fields !== undefined) fields.add(number, document.fields);
  }
  const terms = new TermNumbers(documents);
  const writer = new SegmentWriter(table, fields.finish(table.count));
  const inverted = invert(documents, terms);
  writer.expectWords(wordsOf(documents, terms));
  for (let rank = 0; rank < terms.count; rank++) {
    writer.beginTerm(terms.high(rank), terms.low(rank));
    for (let i = inverted.starts[rank] as number; i < (inverted.starts[rank + 1] as number); i++) {
      writer.beginPosting(inverted.documents[i] as number);
      const from = inverted.occurrenceStarts[i] as number;
      const past = inverted.occurrenceStarts[i + 1] as number;
      for (let at = from; at < past; at++) {
        const occurrence = inverted.occurrences[at] as number;
        writer.addFrequency(occurrence >>> POSITION_BITS, 1);
        writer.addPosition(occurrence & POSITION_MASK);
      }
    }
    writer.endTerm();
  }
  return writer;
}

/** The words of the documents' terms, each once, in the order of their bytes. */
function wordsOf(documents: readonly BuilderDocument[], terms: TermNumbers): WordsOfTerms {
  const known = new Uint8Array(terms.count);
  const found: { readonly word: string; readonly hash: bigint }[] = [];
  for (const { document } of documents) {
    const { words, termHashes } = document;
    if (words === undefined) continue;
    const bytes = Buffer.from(words.bytes.buffer, words.bytes.byteOffset, words.bytes.byteLength);
    const hashes = halves(termHashes);
    let from = 0;
    for (let term = 0; term < termHashes.length; term++) {
      const past = from + (words.lengths[term] as number);
      if (past === from) continue;
      const rank = terms.rank(hashes[term * 2] as number, hashes[term * 2 + 1] as number);
      if (known[rank] === 0)
        found.push({ word: bytes.toString('latin1', from, past), hash: termHashes[term] as bigint });
      known[rank] = 1;
      from = past;
    }
  }
  found.sort((a, b) => (a.word < b.word ? -1 : 1));
  return { words: found.map(({ word }) => word), hashes: BigUint64Array.from(found, ({ hash }) => hash) };
}

/** Numbers the distinct hashes of some documents in ascending order: an open table over hash halves. */
class TermNumbers {
  count = 0;
  readonly #sorted: Uint32Array;
  readonly #table: Uint32Array;
  readonly #mask: number;

  constructor(documents: readonly BuilderDocument[]) {
    const total = documents.reduce(
      (sum, { document }) => sum + document.termHashes.length + document.filterHashes.length,
      0,
    );
    // Three words a place: low, high, number + 1.
    let places = 16;
    while (places < total * 2) places *= 2;
    this.#mask = places - 1;
    this.#table = new Uint32Array(places * 3);
    for (const { document } of documents) {
      this.#insert(document.termHashes);
      this.#insert(document.filterHashes);
    }
    const hashes = new BigUint64Array(this.count);
    const words = new Uint32Array(hashes.buffer);
    let at = 0;
    for (let place = 0; place < this.#table.length; place += 3) {
      if (this.#table[place + 2] === 0) continue;
      words[at++] = this.#table[place] as number;
      words[at++] = this.#table[place + 1] as number;
    }
    hashes.sort();
    this.#sorted = words;
    for (let rank = 0; rank < this.count; rank++) {
      const place = this.#find(words[rank * 2] as number, words[rank * 2 + 1] as number);
      this.#table[place + 2] = rank + 1;
    }
  }

  high(rank: number): number {
    return (this.#sorted[rank * 2 + 1] as number) | 0;
  }

  low(rank: number): number {
    return (this.#sorted[rank * 2] as number) | 0;
  }

  /** Number of a hash that was counted. */
  rank(low: number, high: number): number {
    return (this.#table[this.#find(low, high) + 2] as number) - 1;
  }

  #insert(hashes: BigUint64Array): void {
    const words = halves(hashes);
    for (let i = 0; i < words.length; i += 2) {
      const place = this.#find(words[i] as number, words[i + 1] as number);
      if (this.#table[place + 2] !== 0) continue;
      this.#table[place] = words[i] as number;
      this.#table[place + 1] = words[i + 1] as number;
      this.#table[place + 2] = 1;
      this.count += 1;
    }
  }

  /** Place of a hash, or the free one where it belongs. */
  #find(low: number, high: number): number {
    let slot = (low ^ (high >>> 7)) & this.#mask;
    for (;;) {
      const place = slot * 3;
      if (this.#table[place + 2] === 0) return place;
      if (this.#table[place] === low && this.#table[place + 1] === high) return place;
      slot = (slot + 1) & this.#mask;
    }
  }
}

interface Inverted {
  /** First posting of each term; one more than terms. */
  readonly starts: Uint32Array;
  readonly documents: Uint32Array;
  /** First occurrence of each posting; one more than postings. */
  readonly occurrenceStarts: Uint32Array;
  /** Position, with the field group above it. */
  readonly occurrences: Uint32Array;
}

function invert(documents: readonly BuilderDocument[], terms: TermNumbers): Inverted {
  const starts = new Uint32Array(terms.count + 1);
  const ranks: Uint32Array[] = [];
  let occurrenceCount = 0;
  for (const { document } of documents) {
    const own = ranksOf(document, terms);
    ranks.push(own);
    for (const rank of own) starts[rank + 1] = (starts[rank + 1] as number) + 1;
    occurrenceCount += document.positions.length;
  }
  for (let rank = 0; rank < terms.count; rank++) {
    starts[rank + 1] = (starts[rank + 1] as number) + (starts[rank] as number);
  }
  const postings = starts[terms.count] as number;
  const numbers = new Uint32Array(postings);
  const occurrenceStarts = new Uint32Array(postings + 1);
  const next = starts.slice();
  // First the number of occurrences of each posting, then their places, then the occurrences themselves.
  documents.forEach(({ document }, number) => {
    (ranks[number] as Uint32Array).forEach((rank, term) => {
      const posting = next[rank] as number;
      next[rank] = posting + 1;
      numbers[posting] = number;
      if (term < document.termHashes.length) {
        occurrenceStarts[posting + 1] =
          (document.positionStarts[term + 1] as number) - (document.positionStarts[term] as number);
      }
    });
  });
  for (let posting = 0; posting < postings; posting++) {
    occurrenceStarts[posting + 1] =
      (occurrenceStarts[posting + 1] as number) + (occurrenceStarts[posting] as number);
  }
  const occurrences = new Uint32Array(occurrenceCount);
  next.set(starts);
  documents.forEach(({ document }, number) => {
    const groups = groupMap(document);
    const { positions, positionStarts } = document;
    (ranks[number] as Uint32Array).forEach((rank, term) => {
      const posting = next[rank] as number;
      next[rank] = posting + 1;
      if (term >= document.termHashes.length) return;
      let at = occurrenceStarts[posting] as number;
      for (let i = positionStarts[term] as number; i < (positionStarts[term + 1] as number); i++) {
        const position = positions[i] as number;
        occurrences[at++] = position | ((groups[position] as number) << POSITION_BITS);
      }
    });
  });
  return { starts, documents: numbers, occurrenceStarts, occurrences };
}

/** Ranks of a document's terms, then of its filters; a filter that is a term too is left out. */
function ranksOf({ termHashes, filterHashes }: AnalysedDocument, terms: TermNumbers): Uint32Array {
  const ranks = new Uint32Array(termHashes.length + filterHashes.length);
  const words = halves(termHashes);
  for (let i = 0; i < termHashes.length; i++) {
    ranks[i] = terms.rank(words[i * 2] as number, words[i * 2 + 1] as number);
  }
  const filters = halves(filterHashes);
  let count = termHashes.length;
  let term = 0;
  for (let i = 0; i < filterHashes.length; i++) {
    const rank = terms.rank(filters[i * 2] as number, filters[i * 2 + 1] as number);
    while (term < termHashes.length && (ranks[term] as number) < rank) term += 1;
    if (term < termHashes.length && ranks[term] === rank) continue;
    ranks[count++] = rank;
  }
  return ranks.subarray(0, count);
}

/** Field group at each position. */
function groupMap({ zoneStarts, zoneGroups, positions }: AnalysedDocument): Uint8Array {
  const past = positions.reduce((most, position) => Math.max(most, position), -1) + 1;
  const map = new Uint8Array(past);
  zoneStarts.forEach((start, zone) => {
    map.fill(zoneGroups[zone] as number, start, Math.max(start, zoneStarts[zone + 1] ?? past));
  });
  return map;
}

function halves(hashes: BigUint64Array): Uint32Array {
  return new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
}
