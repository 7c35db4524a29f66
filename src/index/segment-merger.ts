/** Merges segments into a writer: live documents only, renumbered in order, terms side by side in hash order. */

import { must } from '../base/index.ts';
import type { Column, ColumnKey } from './columns/column.ts';
import { mergeColumns } from './columns/column-builder.ts';
import { behindRow, DocumentTable } from './document-table.ts';
import { freeBuffers } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import { CURSOR_BYTES } from './kernels/layout.ts';
import type { LiveBits } from './live-bits.ts';
import { hashedWordsOf, mergedWords } from './merged-words.ts';
import type { SegmentSource } from './segment-file.ts';
import { type FrequencyListener, SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment, Segment } from './segment.ts';
import { atOnce } from './steps.ts';
import {
  BUFFER_BYTES,
  M_CURSOR,
  M_POSITIONS,
  M_SOURCES,
  M_TABLE,
  MERGE_BYTES,
  S_NUMBERS,
  S_SEGMENT,
  SOURCE_SHIFT,
} from './write-kernels/write-layout.ts';

export interface MergeSource {
  readonly segment: Segment;
  /** Must not change while the merge runs: a hold makes sure of that. */
  readonly live: LiveBits;
}

/** Postings and terms copied between two pauses, and words that kernels may write before they are taken. */
const STEP_POSTINGS = 25_000;
const TAKE_WORDS = 2 ** 15;
/** Documents whose columns are copied at a time. */
const ROWS_A_STEP = 1024;

/** Merges segments in memory at once. */
export function mergeNow(memory: IndexMemory, sources: readonly MergeSource[]): FinishedSegment {
  const segments = sources.map(({ segment }) => segment);
  const words = must(hashedWordsOf(segments), 'the words of segments in memory');
  const merger = atOnce(SegmentMerger.of(memory, sources));
  try {
    atOnce(merger.steps());
    return merger.writer.finish(words);
  } finally {
    merger.close();
  }
}

/** Segments on their way into one. */
export class SegmentMerger implements SegmentSource {
  readonly writer: SegmentWriter;
  readonly #memory: IndexMemory;
  readonly #sources: readonly MergeSource[];
  /** New number of each document of each source, −1 for dead ones: addresses of words. */
  readonly #numbers: readonly number[];
  /** Merges a column at a time. */
  readonly #columns: () => Iterable<Column>;
  /** State of the kernels, see write-kernels/write-layout.ts; the sources and the cursor stand behind it. */
  readonly #state: number;

  /** With the fixed columns of all documents gathered, in steps. */
  static *of(memory: IndexMemory, sources: readonly MergeSource[]): Generator<void, SegmentMerger> {
    const { linear } = memory;
    const numbers = sources.map(({ segment }) => linear.allocate(Math.max(4, segment.head.documents * 4)));
    let merger: SegmentMerger | undefined;
    try {
      const table = new DocumentTable(sources.reduce((sum, { live }) => sum + live.live, 0));
      for (const [i, source] of sources.entries()) {
        yield* addDocuments(memory, table, source, must(numbers[i], 'a renumbering'));
      }
      const columns = sources.map(({ segment: { fields, head } }, i) => {
        const from = must(numbers[i], 'a renumbering') >> 2;
        return {
          columns: fields.entries,
          read: (key: ColumnKey) => fields.get(key),
          numbers: linear.words.slice(from, from + head.documents),
        };
      });
      merger = new SegmentMerger(memory, sources, numbers, new SegmentWriter(memory, table), () =>
        mergeColumns(columns, table.count),
      );
      return merger;
    } finally {
      if (merger === undefined) for (const address of numbers) linear.free(address);
    }
  }

  private constructor(
    memory: IndexMemory,
    sources: readonly MergeSource[],
    numbers: readonly number[],
    writer: SegmentWriter,
    columns: () => Iterable<Column>,
  ) {
    this.#memory = memory;
    this.#columns = columns;
    this.#sources = sources;
    this.#numbers = numbers;
    this.writer = writer;
    const tableAt = MERGE_BYTES;
    const cursorAt = tableAt + (sources.length << SOURCE_SHIFT);
    this.#state = memory.linear.allocateZeroed(cursorAt + CURSOR_BYTES);
    this.#set(M_SOURCES, sources.length);
    this.#set(M_TABLE, this.#state + tableAt);
    this.#set(M_CURSOR, this.#state + cursorAt);
    sources.forEach(({ segment }, i) => {
      this.#set(tableAt + (i << SOURCE_SHIFT) + S_SEGMENT, segment.descriptor);
      this.#set(tableAt + (i << SOURCE_SHIFT) + S_NUMBERS, must(numbers[i], 'a renumbering'));
    });
  }

  close(): void {
    const { linear } = this.#memory;
    this.writer.close();
    freeBuffers(linear, this.#state + M_POSITIONS, 1);
    linear.free(this.#state);
    for (const address of this.#numbers) linear.free(address);
  }

  /** Merges all but words; pauses now and then. */
  *steps(): Generator<void> {
    yield* this.writer.columns(this.#columns());
    yield* this.#terms();
  }

  /** The same with the side dictionary. */
  *stepsWithWords(): Generator<void> {
    yield* this.writer.columns(this.#columns());
    const words = yield* mergedWords(this.#sources.map(({ segment }) => segment));
    yield* this.#terms(words.onTerm);
    this.writer.expectWords(words.entries());
  }

  *#terms(onTerm?: FrequencyListener): Generator<void> {
    const { writing, frames } = this.#memory;
    frames.passing(() => writing.beginMerge(this.#state));
    const merge = (): number =>
      writing.mergeTerms(this.#state, this.writer.address, TAKE_WORDS, STEP_POSTINGS);
    while (frames.passing(merge) !== 0) {
      this.writer.take(onTerm);
      yield;
    }
    this.writer.take(onTerm);
  }

  #set(field: number, value: number): void {
    this.#memory.linear.words[(this.#state + field) >> 2] = value;
  }
}

/** Copies the columns of live documents, in steps; writes their new numbers to `numbers`. */
function* addDocuments(
  memory: IndexMemory,
  table: DocumentTable,
  { segment, live }: MergeSource,
  numbers: number,
): Generator<void> {
  const { linear, writing, frames } = memory;
  const { documents } = segment.head;
  const rows = linear.allocateZeroed(BUFFER_BYTES);
  try {
    for (let first = 0; first < documents; first += ROWS_A_STEP) {
      const past = Math.min(documents, first + ROWS_A_STEP);
      frames.passing(() => writing.copyRows(segment.descriptor, first, past, rows));
      const { words } = linear;
      let row = (words[rows >> 2] as number) >> 2;
      for (let document = first; document < past; document++) {
        const place = (numbers >> 2) + document;
        if (live.has(document)) {
          words[place] = table.count;
          row = table.addRow(words[row] as number, words[row + 1] as number, words, row + 2);
        } else {
          words[place] = -1;
          row = behindRow(words, row + 2);
        }
      }
      yield;
    }
  } finally {
    freeBuffers(linear, rows, 1);
    linear.free(rows);
  }
}
