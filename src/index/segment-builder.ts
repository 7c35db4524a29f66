/** Inverts analysed documents, as batches carry them, into a segment; the loops are kernels (write-kernels/file-postings.ts, invert.ts, encode-terms.ts). */

import type { Column } from './columns/column.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import type { IndexMemory } from './index-memory.ts';
import { Inversion, PASS_BYTES } from './inversion.ts';
import type { PlacedDocuments } from './placed-documents.ts';
import type { SegmentSource } from './segment-file.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment } from './segment.ts';
import { atOnce } from './steps.ts';
import { HashedWordsWriter, wordsInOrder } from './words/hashed-words.ts';
import { WordFrequencies } from './words/word-frequencies.ts';

/** Words that kernels may write before they are taken. */
const TAKE_WORDS = 2 ** 15;
/** Documents whose fields are gathered, and words that are counted, between two pauses. */
const DOCUMENTS_A_STEP = 64;
const WORDS_A_STEP = 4096;

/** The segment of `documents`, in their order. `pass_bytes`: see {@link segmentSteps}. */
export function buildSegment(
  memory: IndexMemory,
  documents: PlacedDocuments,
  pass_bytes: number = PASS_BYTES,
): FinishedSegment {
  return atOnce(segmentSteps(memory, documents, pass_bytes));
}

/**
 * The same with a pause every millisecond or two, in which others may use the memory; the documents must stay where they
 * are. Whoever gives it up calls `return`, which frees what it took. `pass_bytes`: filed postings take no more, as a rule.
 */
export function* segmentSteps(
  memory: IndexMemory,
  documents: PlacedDocuments,
  pass_bytes: number = PASS_BYTES,
): Generator<void, FinishedSegment> {
  const inverter = yield* DocumentInverter.of(memory, documents, pass_bytes);
  try {
    yield* inverter.steps();
    return inverter.writer.finish(inverter.words.finish());
  } finally {
    inverter.close();
  }
}

/** Documents on their way into a segment, in memory or in a file. */
export class DocumentInverter implements SegmentSource {
  readonly writer: SegmentWriter;
  readonly words: HashedWordsWriter = new HashedWordsWriter();
  /** Documents that have each of them. */
  readonly #frequencies: number[] = [];
  readonly #memory: IndexMemory;
  readonly #inversion: Inversion;

  /** With the columns of all documents written. */
  static *of(
    memory: IndexMemory,
    documents: PlacedDocuments,
    pass_bytes: number = PASS_BYTES,
  ): Generator<void, DocumentInverter> {
    const inversion = new Inversion(memory, documents, pass_bytes);
    let inverter: DocumentInverter | undefined;
    try {
      yield* inversion.file(0);
      const table = inversion.documentTable();
      const columns = yield* columnsOf(inversion);
      const writer = yield* SegmentWriter.of(memory, table, columns);
      inverter = new DocumentInverter(memory, inversion, writer);
      return inverter;
    } finally {
      if (inverter === undefined) inversion.close();
    }
  }

  private constructor(memory: IndexMemory, inversion: Inversion, writer: SegmentWriter) {
    this.#memory = memory;
    this.#inversion = inversion;
    this.writer = writer;
  }

  close(): void {
    this.writer.close();
    this.#inversion.close();
  }

  /** Writes all lists. */
  *steps(): Generator<void> {
    const [inversion, { writing }] = [this.#inversion, this.#memory];
    for (let part = 0; part < inversion.parts; part++) {
      if (part > 0 && part % inversion.partsAtOnce === 0) yield* inversion.file(part);
      inversion.invert(part);
      while (writing.encodeTerms(inversion.address, this.writer.address, TAKE_WORDS) !== 0) {
        this.writer.take();
        yield;
      }
      inversion.addWords(this.words, this.#frequencies);
      if (part % inversion.partsAStep === 0) yield;
    }
    this.writer.take();
  }

  *stepsWithWords(): Generator<void> {
    yield* this.steps();
    const hashed = this.words.finish();
    const words = new WordFrequencies(yield* wordsInOrder(hashed));
    for (let i = 0; i < hashed.count; i++) {
      const [low, high] = [hashed.hashes[i * 2] ?? 0, hashed.hashes[i * 2 + 1] ?? 0];
      words.take(high, low, this.#frequencies[i] ?? 0);
      if ((i + 1) % WORDS_A_STEP === 0) yield;
    }
    this.writer.expectWords(words.entries());
  }
}

function* columnsOf(inversion: Inversion): Generator<void, Column[]> {
  // Linear memory may move between two steps: fields are taken along.
  const fields = inversion.fields();
  if (fields === undefined) return [];
  const { bytes, ends } = fields;
  const builder = new ColumnBuilder(bytes);
  let from = 0;
  let gathered = 0;
  for (let number = 0; number < ends.length; number++) {
    const past = ends[number] as number;
    if (past === from) continue;
    builder.add(number, from, past);
    from = past;
    gathered += 1;
    if (gathered % DOCUMENTS_A_STEP === 0) yield;
  }
  return yield* builder.finish(ends.length);
}
