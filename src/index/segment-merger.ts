/** Merges segments into a writer: live documents only, renumbered in order, terms side by side in hash order. */

import { must } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import type { ColumnKey } from './columns/column.ts';
import { mergeColumns } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import type { IndexMemory } from './index-memory.ts';
import {
  C_DOCS,
  C_FREQUENCIES,
  C_MASK,
  CURSOR_BYTES,
  RECORD_BYTES,
  SEGMENT_LEAVES,
  SEGMENT_TOP,
} from './kernels/layout.ts';
import type { LiveBits } from './live-bits.ts';
import { FIELD_COLUMNS, type SegmentHead } from './segment-format.ts';
import { wordHash } from '../text/index.ts';
import { textOfBytes } from './words/word-frequencies.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { Segment } from './segment.ts';

export interface MergeSource {
  readonly segment: Segment;
  /** Must not change while the merge runs: a hold makes sure of that. */
  readonly live: LiveBits;
}

/** Occurrences copied, about, between two pauses. */
const STEP_OCCURRENCES = 20_000;
/** Words joined between two pauses. */
const WORDS_A_STEP = 5000;
const POSITION_SCRATCH = 1;
const RECORD_WORDS = RECORD_BYTES / 4;

/** Merges at once, in memory; the writer is to be finished. */
export function mergeNow(memory: IndexMemory, sources: readonly MergeSource[]): SegmentWriter {
  const merger = new SegmentMerger(memory, sources);
  try {
    for (const _ of merger.steps());
    return merger.writer;
  } finally {
    merger.close();
  }
}

/**
 * Merges into the new file `path`, giving way to others between steps; synced. `isCancelled` is asked at every step;
 * once it says so, or something fails, the file is removed and `undefined` returned or the error thrown.
 */
export async function mergeIntoFile(
  memory: IndexMemory,
  sources: readonly MergeSource[],
  disk: Disk,
  path: string,
  isCancelled: () => boolean,
): Promise<SegmentHead | undefined> {
  const file = await disk.open(path, 'create');
  let head: SegmentHead | undefined;
  try {
    const merger = new SegmentMerger(memory, sources);
    try {
      head = await writeMerged(merger, disk, file, isCancelled);
    } finally {
      merger.close();
      await merger.writer.discard(disk);
    }
  } finally {
    await file.close();
    // Its orphan is no harm where even this fails: the next opening removes what nothing names.
    if (head === undefined) await disk.remove(path).catch(() => undefined);
  }
  return head;
}

async function writeMerged(
  merger: SegmentMerger,
  disk: Disk,
  file: DiskFile,
  isCancelled: () => boolean,
): Promise<SegmentHead | undefined> {
  for (const _ of merger.steps()) {
    await new Promise((resolve) => setImmediate(resolve));
    if (isCancelled()) return undefined;
    await merger.writer.drain(disk, file);
  }
  const head = await merger.writer.finishFile(file);
  await file.sync();
  return head;
}

class SegmentMerger {
  readonly writer: SegmentWriter;
  readonly #memory: IndexMemory;
  readonly #sources: readonly MergeSource[];
  /** New number of each document of each source; −1 for dead ones. */
  readonly #numbers: readonly Int32Array[];
  readonly #cursor: number;

  constructor(memory: IndexMemory, sources: readonly MergeSource[]) {
    this.#memory = memory;
    this.#sources = sources;
    const table = new DocumentTable();
    this.#numbers = sources.map((source) => addDocuments(memory, table, source));
    const columns = sources.map(({ segment: { fields } }, source) => ({
      columns: fields.entries,
      read: (key: ColumnKey) => fields.get(key),
      numbers: must(this.#numbers[source], 'a renumbering'),
    }));
    this.writer = new SegmentWriter(table, mergeColumns(columns, table.count));
    this.#cursor = memory.linear.allocateZeroed(CURSOR_BYTES);
  }

  close(): void {
    this.#memory.linear.free(this.#cursor);
  }

  /** Copies all terms; pauses now and then. */
  *steps(): Generator<void> {
    yield* this.#expectWords();
    const walks = this.#sources.map(({ segment }) => new DictionaryWalk(this.#memory, segment));
    let copied = 0;
    for (;;) {
      const first = leastWalk(walks);
      if (first === undefined) return;
      const { high, low } = first;
      this.writer.beginTerm(high, low);
      for (const [source, walk] of walks.entries()) {
        if (walk.isDone || walk.high !== high || walk.low !== low) continue;
        this.#openTerm(source, walk);
        for (;;) {
          const postings = this.#memory.kernels.nextBlock(this.#cursor);
          if (postings === 0) break;
          copied += this.#copyBlock(must(this.#numbers[source], 'a renumbering'), postings);
          if (copied >= STEP_OCCURRENCES) {
            copied = 0;
            yield;
          }
        }
        walk.next();
      }
      this.writer.endTerm();
    }
  }

  /** Tells the writer the words of all sources. */
  *#expectWords(): Generator<void> {
    const lists = this.#sources.map(({ segment }) => segment.words.from(''));
    const heads = lists.map((list) => list.next());
    const words: string[] = [];
    for (;;) {
      let least: string | undefined;
      for (const { value } of heads) {
        if (value !== undefined && (least === undefined || value.word < least)) least = value.word;
      }
      if (least === undefined) break;
      words.push(least);
      for (const [source, list] of lists.entries()) {
        if (heads[source]?.value?.word === least) heads[source] = list.next();
      }
      if (words.length % WORDS_A_STEP === 0) yield;
    }
    const hashes = new BigUint64Array(words.length);
    for (const [i, word] of words.entries()) {
      hashes[i] = wordHash(textOfBytes(word));
      if (i % WORDS_A_STEP === 0) yield;
    }
    this.writer.expectWords({ words, hashes });
  }

  #openTerm(source: number, { record }: DictionaryWalk): void {
    const { descriptor } = must(this.#sources[source], 'a source').segment;
    const [, , df = 0, place = 0, extra = 0, kind = 0] = record;
    this.#memory.kernels.openRecord(this.#cursor, descriptor, df, place, extra, kind);
  }

  #copyBlock(numbers: Int32Array, postings: number): number {
    const { kernels, linear } = this.#memory;
    const cursor = this.#cursor;
    kernels.readStarts(cursor);
    const mask = linear.words[(cursor + C_MASK) >> 2] as number;
    let copied = postings;
    for (let i = 0; i < postings; i++) {
      const number = numbers[linear.words[((cursor + C_DOCS) >> 2) + i] as number] as number;
      if (number < 0) continue;
      this.writer.beginPosting(number);
      if (mask === 0) continue;
      for (let group = 0; group < FIELD_COLUMNS; group++) {
        if ((mask & (1 << group)) === 0) continue;
        const frequency = linear.words[((cursor + C_FREQUENCIES) >> 2) + group * 128 + i] as number;
        if (frequency > 0) this.writer.addFrequency(group, frequency);
      }
      const buffer = this.#memory.scratch(POSITION_SCRATCH, Math.max(4, kernels.occurrences(cursor, i) * 4));
      const count = kernels.readPositions(cursor, i, buffer, 0);
      const from = buffer >> 2;
      for (let at = from; at < from + count; at++) this.writer.addPosition(linear.words[at] as number);
      copied += count;
    }
    return copied;
  }
}

/** Copies the columns of live documents; returns their new numbers. */
function addDocuments(memory: IndexMemory, table: DocumentTable, { segment, live }: MergeSource): Int32Array {
  const { head, descriptor } = segment;
  const { regions } = head;
  const { kernels } = memory;
  const numbers = new Int32Array(head.documents);
  const word = (region: number, document: number): number => kernels.loadWord(descriptor, region + document);
  for (let document = 0; document < head.documents; document++) {
    if (!live.has(document)) {
      numbers[document] = -1;
      continue;
    }
    numbers[document] = table.addRaw({
      docIdHigh: word(regions.docIdHigh, document),
      docIdLow: word(regions.docIdLow, document),
      site: word(regions.site, document),
      content: word(regions.content, document),
      date: word(regions.date, document),
      ranks: word(regions.ranks, document),
      lengths: head.lengths.map((column) =>
        column < 0 ? 0 : kernels.loadByte(descriptor, column, document),
      ),
      zones: zonesOf(memory, segment, document),
    });
  }
  return numbers;
}

function zonesOf({ kernels }: IndexMemory, { descriptor }: Segment, document: number): Int32Array {
  const at = kernels.zonesOf(descriptor, document);
  if (at < 0) return new Int32Array(0);
  const count = kernels.loadWord(descriptor, at);
  return Int32Array.from({ length: count }, (_, i) => kernels.loadWord(descriptor, at + 1 + i));
}

/** Walks a segment's dictionary in the order of hashes, a leaf at a time. */
export class DictionaryWalk {
  readonly #memory: IndexMemory;
  readonly #descriptor: number;
  readonly #leaves: number;
  #leaf = -1;
  #records: Int32Array = new Int32Array(0);
  #at = 0;
  isDone = false;
  high = 0;
  low = 0;

  constructor(memory: IndexMemory, { descriptor }: Segment) {
    this.#memory = memory;
    this.#descriptor = descriptor;
    this.#leaves = memory.linear.words[(descriptor + SEGMENT_LEAVES) >> 2] as number;
    this.#at = -RECORD_WORDS;
    this.next();
  }

  /** Words of the current record. */
  get record(): Int32Array {
    return this.#records.subarray(this.#at, this.#at + RECORD_WORDS);
  }

  next(): void {
    this.#at += RECORD_WORDS;
    if (this.#at >= this.#records.length) {
      this.#leaf += 1;
      if (this.#leaf >= this.#leaves) {
        this.isDone = true;
        return;
      }
      this.#readLeaf();
    }
    this.high = this.#records[this.#at] as number;
    this.low = this.#records[this.#at + 1] as number;
  }

  #readLeaf(): void {
    const { linear, kernels } = this.#memory;
    const top = linear.words[(this.#descriptor + SEGMENT_TOP) >> 2] as number;
    const entry = (top >> 2) + this.#leaf * 4;
    const word = linear.words[entry + 2] as number;
    const count = (linear.words[entry + 3] as number) * RECORD_WORDS;
    this.#records = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#records[i] = kernels.loadWord(this.#descriptor, word + i);
    this.#at = 0;
  }
}

/** The walk that stands at the least hash. */
function leastWalk(walks: readonly DictionaryWalk[]): DictionaryWalk | undefined {
  let least: DictionaryWalk | undefined;
  for (const walk of walks) {
    if (walk.isDone) continue;
    if (least === undefined || isBelow(walk, least)) least = walk;
  }
  return least;
}

function isBelow(a: DictionaryWalk, b: DictionaryWalk): boolean {
  if (a.high !== b.high) return a.high >>> 0 < b.high >>> 0;
  return a.low >>> 0 < b.low >>> 0;
}
