import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isPeregrineError } from '../../base/index.ts';
import { type DocumentField, encodeFields } from '../../text/index.ts';
import { PageStream } from '../page-stream.ts';
import { HEAD_WORDS, PAGE_WORDS } from '../segment-format.ts';
import { atOnce } from '../steps.ts';
import { ColumnBuilder, mergeColumns } from './column-builder.ts';
import {
  type ColumnEntry,
  readDictionaryOf,
  readDirectory,
  readRows,
  type WordSource,
  writeColumns,
} from './column-codec.ts';
import { type Column, type ColumnKey, keyText, rowOf } from './column.ts';

function columnsOf(documents: readonly (readonly DocumentField[])[]): Column[] {
  const encoded = documents.map((fields) => encodeFields(fields));
  const builder = new ColumnBuilder(Buffer.concat(encoded));
  let at = 0;
  encoded.forEach(({ length }, document) => {
    builder.add(document, at, at + length);
    at += length;
  });
  return atOnce(builder.finish(documents.length));
}

/** Writes columns as a segment does, and gives back its words. */
function written(columns: readonly Column[], documents: number): { source: WordSource; place: number } {
  const stream = new PageStream();
  const place = atOnce(writeColumns(stream, columns, documents));
  const past = stream.position;
  const pages = stream.pages.map((page) => new Int32Array(page.buffer, 0, PAGE_WORDS));
  const words = (word: number, count: number): Int32Array =>
    Int32Array.from(
      { length: count },
      (_, i) => pages[Math.floor((word + i) / PAGE_WORDS)]![(word + i) % PAGE_WORDS]!,
    );
  return { source: { name: 'a segment', words, limit: past }, place };
}

function readColumn(source: WordSource, entry: ColumnEntry, documents: number): Column {
  const dictionary = readDictionaryOf(source, entry, documents);
  return { ...entry, ...readRows(source, entry, documents), dictionary };
}

/** A document's values by column. */
function valuesOf(columns: readonly Column[], document: number): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const column of columns) {
    const row = rowOf(column, document);
    if (row < 0) continue;
    const from = column.starts?.[row] ?? row;
    const past = column.starts?.[row + 1] ?? row + 1;
    found[keyText(column)] = [...column.ordinals.subarray(from, past)].map((i) => column.dictionary[i]);
  }
  return found;
}

function expected(fields: readonly DocumentField[]): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const field of fields) {
    const values = [...(found[keyText(field)] ?? []), ...field.values];
    // Sets take −0 for 0.
    const distinct = [...new Set(values)] as (number | bigint | string)[];
    if (distinct.length > 0) found[keyText(field)] = distinct.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
  return found;
}

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const name = fc.constantFrom('a', 'b', 'price', 'größe');
const field: fc.Arbitrary<DocumentField> = fc.oneof(
  fc.record({
    name,
    type: fc.constant('number' as const),
    values: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 3 }),
  }),
  fc.record({
    name,
    type: fc.constant('date' as const),
    values: fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
  }),
  fc.record({
    name,
    type: fc.constant('integer' as const),
    values: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 }),
  }),
  fc.record({ name, type: fc.constant('keyword' as const), values: fc.array(text, { maxLength: 3 }) }),
);
const documents = fc.array(fc.array(field, { maxLength: 5 }), { minLength: 1, maxLength: 80 });

test('columns come back from their bytes as they were', () => {
  fc.assert(
    fc.property(documents, (all) => {
      const { source, place } = written(columnsOf(all), all.length);
      const read = readDirectory(source, place).map((entry) => readColumn(source, entry, all.length));
      all.forEach((fields, document) => assert.deepEqual(valuesOf(read, document), expected(fields)));
    }),
  );
});

test('merged columns hold what lives, in the new numbers, and no value that nobody has', () => {
  fc.assert(
    fc.property(documents, documents, fc.infiniteStream(fc.boolean()), (first, second, lives) => {
      let next = 0;
      const kept: (readonly DocumentField[])[] = [];
      const sources = [first, second].map((all) => {
        const columns = columnsOf(all);
        const numbers = Int32Array.from(all, (fields) => {
          if (lives.next().value === false) return -1;
          kept.push(fields);
          return next++;
        });
        const read = (key: ColumnKey): Column | undefined =>
          columns.find((column) => keyText(column) === keyText(key));
        return { columns, read, numbers };
      });
      const merged = [...mergeColumns(sources, next)];
      kept.forEach((fields, document) => assert.deepEqual(valuesOf(merged, document), expected(fields)));
      const used = new Set(kept.flatMap((fields) => Object.values(expected(fields)).flat()));
      for (const { dictionary } of merged) for (const value of dictionary) assert.ok(used.has(value));
    }),
  );
});

test('a column is merged when the one before it is written', () => {
  const columns = columnsOf([
    [
      { name: 'price', type: 'number', values: [1] },
      { name: 'tag', type: 'keyword', values: ['a'] },
    ],
  ]);
  const asked: string[] = [];
  const read = ({ name }: ColumnKey): Column | undefined => {
    asked.push(name);
    return columns.find((column) => column.name === name);
  };
  const steps = mergeColumns([{ columns, read, numbers: Int32Array.of(0) }], 1);
  assert.equal(asked.length, 0);
  steps.next();
  assert.deepEqual(asked, ['price']);
  steps.next();
  assert.deepEqual(asked, ['price', 'tag']);
});

test('columns have the bytes of version 2', () => {
  const columns = columnsOf([
    [
      { name: 'price', type: 'number', values: [1.5] },
      { name: 'tag', type: 'keyword', values: ['ä', 'b'] },
    ],
    [{ name: 'price', type: 'number', values: [-2] }],
    [
      { name: 'price', type: 'number', values: [1.5] },
      { name: 'serial', type: 'integer', values: [2n ** 62n] },
      { name: 'tag', type: 'keyword', values: ['b'] },
    ],
  ]);
  const { source, place } = written(columns, 3);
  const words = source.words(HEAD_WORDS, source.limit - HEAD_WORDS);
  assert.equal(place, HEAD_WORDS + 15);
  assert.deepEqual(
    Buffer.from(words.buffer)
      .toString('hex')
      .match(/.{1,64}/g),
    GOLDEN.trim().split(/\s+/),
  );
});

test('a directory that says what can not be is corrupt', () => {
  const { source, place } = written(columnsOf([[{ name: 'n', type: 'number', values: [1] }]]), 1);
  for (const [word, value] of [
    [0, 9999],
    [1, 9],
    [2, 5],
    [7, place + 1],
  ] as const) {
    const words = (from: number, count: number): Int32Array =>
      source.words(from, count).map((old, i) => (from + i === place + word ? value : old));
    assert.throws(
      () => readDirectory({ ...source, words }, place),
      (error) => isPeregrineError(error, 'CORRUPT'),
    );
  }
});

const GOLDEN = `
  0500000000000000000000c0000000000000f83f050000003800000002000000
  00000000010000000300000062c3a40004000000000000000000004003000000
  0000050003000000030000000200000000010000040000006000000000000000
  7072696365000000030103000200000003000000020000000201000004000000
  6500000000000000746167000101060001000000010000000100000000000000
  020000006c0000000000000073657269616c0000
`;
