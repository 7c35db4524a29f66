import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../testing/index-fixtures.ts';
import type { Random } from '../../base/index.ts';
import { readDirectory, writeColumns } from '../columns/column-codec.ts';
import type { Column } from '../columns/column.ts';
import { countPacked, markPacked, type PackedField } from '../columns/packed-field.ts';
import { sortDocuments } from '../columns/sorted-hits.ts';
import { IndexMemory } from '../index-memory.ts';
import { PageStream } from '../page-stream.ts';
import { PAGE_BYTES, PAGE_WORDS } from '../segment-format.ts';
import { atOnce } from '../steps.ts';
import {
  COLUMN_STRIDE_SHIFT,
  SEGMENT_BYTES,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_ORDER,
  SEGMENT_TABLE,
} from './layout.ts';

/** Places of a document's values in the dictionary, ascending; none where it has no value. */
type Rows = readonly (readonly number[])[];

/** Each document with this chance, one value or up to three, of so many distinct ones. */
function randomRows(random: Random, documents: number): { rows: Rows; distinct: number } {
  const mostDistinct = 1 + random.below([2, 40, 5000][random.below(3)]!);
  const share = [1, 0.6, 0.02][random.below(3)]!;
  const most = random.below(2) === 0 ? 1 : 3;
  const values = Array.from({ length: documents }, (_, document) => {
    if (document > 0 && random.unit() >= share) return [];
    return Array.from({ length: 1 + random.below(most) }, () => random.below(mostDistinct));
  });
  // A dictionary has no value that nobody has.
  const used = [...new Set(values.flat())].sort((a, b) => a - b);
  const places = new Map(used.map((value, place) => [value, place]));
  const rows = values.map((own) =>
    [...new Set(own)].map((value) => places.get(value)!).sort((a, b) => a - b),
  );
  return { rows, distinct: used.length };
}

function columnOf(name: string, rows: Rows, distinct: number): Column {
  const having = rows.flatMap((own, document) => (own.length > 0 ? [document] : []));
  const ordinals = Int32Array.from(rows.flat());
  const starts = new Int32Array(having.length + 1);
  having.forEach((document, row) => (starts[row + 1] = starts[row]! + rows[document]!.length));
  return {
    name,
    type: 'number',
    documents: having.length === rows.length ? undefined : Int32Array.from(having),
    rows: having.length,
    starts: ordinals.length === having.length ? undefined : starts,
    ordinals,
    dictionary: Float64Array.from({ length: distinct }, (_, i) => i),
  };
}

/** A segment of nothing but fields and docIds, in the memory of kernels. */
function placed(memory: IndexMemory, columns: readonly Column[], docIds: Int32Array) {
  const { linear } = memory;
  const stream = new PageStream();
  const ids = stream.position;
  stream.append(docIds, 0, docIds.length);
  const order = stream.position;
  const inOrder = Int32Array.from(docIds, (_, document) => document).sort((a, b) => docIds[a]! - docIds[b]!);
  stream.append(inOrder, 0, inOrder.length);
  const directory = atOnce(writeColumns(stream, columns, docIds.length));
  const pages = stream.pages.map((page) => new Int32Array(page.buffer, 0, PAGE_WORDS));
  const words = (word: number, count: number): Int32Array =>
    Int32Array.from(
      { length: count },
      (_, i) => pages[Math.floor((word + i) / PAGE_WORDS)]?.[(word + i) % PAGE_WORDS] ?? 0,
    );
  const entries = readDirectory({ name: 'fields', words, limit: stream.position }, directory);
  const table = linear.allocateZeroed(pages.length * 4);
  const descriptor = linear.allocateZeroed(SEGMENT_BYTES);
  pages.forEach((page, i) => {
    const frame = linear.allocate(PAGE_BYTES);
    linear.words.set(page, frame >> 2);
    linear.words[(table >> 2) + i] = frame;
  });
  linear.words[(descriptor + SEGMENT_TABLE) >> 2] = table;
  const shape = 32 | (32 << COLUMN_STRIDE_SHIFT);
  linear.words.set([ids, 0, shape], (descriptor + SEGMENT_DOC_ID_LOW) >> 2);
  linear.words.set([order, 0, shape], (descriptor + SEGMENT_ORDER) >> 2);
  const fields = columns.map(({ name, dictionary }): PackedField => ({
    entry: entries.find((entry) => entry.name === name)!,
    dictionary,
  }));
  return { segment: { descriptor, documents: docIds.length }, fields };
}

test('fields in pages are counted, marked and sorted as plain loops do', () => {
  const random = seededRandom(411);
  for (let round = 0; round < 12; round++) {
    const memory = new IndexMemory(2 ** 18, round % 3 === 0 ? 'typescript' : 'wasm');
    const documents = 1 + random.below(9000);
    const made = [randomRows(random, documents), randomRows(random, documents)];
    const docIds = Int32Array.from({ length: documents }, (_, i) => i + 1).sort(() => random.unit() - 0.5);
    const columns = made.map(({ rows, distinct }, i) => columnOf(`f${i}`, rows, distinct));
    const { segment, fields } = placed(memory, columns, docIds);
    const chance = random.unit();
    const isMatch = Array.from({ length: documents }, () => random.unit() < chance);
    const matches = memory.linear.allocateZeroed(((documents + 63) >> 6) * 8);
    isMatch.forEach((is, document) => {
      if (is) memory.linear.words[(matches >> 2) + (document >> 5)]! |= 1 << (document & 31);
    });
    made.forEach(({ rows, distinct }, i) => {
      const wanted = rows.filter((_, document) => isMatch[document]);
      const stepCount = 1 + random.below(distinct);
      const stepOf = Int32Array.from({ length: distinct }, (_, place) =>
        place % 7 === 3 ? -1 : Math.floor((place / distinct) * stepCount),
      );
      for (const steps of [undefined, stepOf]) {
        const counts = new Int32Array(steps === undefined ? distinct : stepCount);
        for (const own of wanted) {
          const met = new Set(own.map((place) => (steps === undefined ? place : steps[place]!)));
          for (const step of met) if (step >= 0) counts[step]! += 1;
        }
        assert.deepEqual(countPacked(memory, segment, fields[i]!, matches, counts.length, steps), {
          counts,
          documents: wanted.filter(({ length }) => length > 0).length,
        });
      }
      const first = random.below(distinct);
      const past = first + random.below(distinct - first + 1);
      const accepted = Uint8Array.from({ length: distinct }, () => random.below(2));
      // So few that each run of them is compared by itself.
      const few = new Uint8Array(distinct).map((_, at) => (at % Math.ceil(distinct / 3) === 1 ? 1 : 0));
      for (const chosen of [undefined, accepted, few]) {
        const bits = markPacked(memory, segment, fields[i]!, { first, past }, chosen);
        rows.forEach((own, document) => {
          const is = own.some((at) => at >= first && at < past && (chosen === undefined || chosen[at] === 1));
          assert.equal((bits![document >> 5]! >>> (document & 31)) & 1, is ? 1 : 0);
        });
      }
    });
    const order = (): 'ascending' | 'descending' => (random.below(2) === 0 ? 'ascending' : 'descending');
    const keys = fields
      .slice(random.below(3))
      .map((field) => ({ key: { column: field.entry, order: order() }, field }));
    const valuesOf = (document: number) =>
      keys.map(({ key, field }) => {
        const own = made[fields.indexOf(field)]!.rows[document]!;
        return key.order === 'ascending' ? own[0] : own.at(-1);
      });
    const expected = Array.from({ length: documents }, (_, document) => document)
      .filter((document) => isMatch[document])
      .map((document) => ({ document, docId: docIds[document]!, values: valuesOf(document) }))
      .sort((a, b) => {
        for (const [i, { key }] of keys.entries()) {
          const [x = Infinity, y = Infinity] = [a.values[i], b.values[i]];
          if (x === y) continue;
          return x === Infinity || y === Infinity || key.order === 'ascending' ? x - y : y - x;
        }
        return a.docId - b.docId;
      });
    const limit = 1 + random.below(30);
    const begin = random.below(expected.length + 1);
    const after = begin === 0 ? undefined : (expected[begin - 1] as never);
    assert.deepEqual(sortDocuments(memory, segment, matches, keys, limit, after), {
      hits: expected.slice(begin, begin + limit),
      isPartial: false,
    });
  }
});
