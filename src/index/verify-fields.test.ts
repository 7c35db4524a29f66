import assert from 'node:assert/strict';
import { test } from 'node:test';

import { wordHash } from '../text/index.ts';
import type { Column } from './columns/column.ts';
import type { IndexMemory } from './index-memory.ts';
import type { Segment } from './segment.ts';
import { checkFields, checkWords } from './verify-fields.ts';

/** Documents 0, 2 and 3 of four have prices; the last has two. */
const PRICES: Column = {
  name: 'price',
  type: 'number',
  documents: Int32Array.of(0, 2, 3),
  rows: 3,
  starts: Int32Array.of(0, 1, 2, 4),
  ordinals: Int32Array.of(1, 0, 0, 2),
  dictionary: Float64Array.of(5, 7, 9),
};

function problemsOf(changed: Partial<Column>): string {
  const column = { ...PRICES, ...changed };
  const segment = { head: { documents: 4 }, fields: { entries: [PRICES], get: () => column } };
  return [...checkFields(segment as unknown as Segment)]
    .filter((problem) => problem !== undefined)
    .join('; ');
}

test('a sound column of a field has no problems', () => {
  assert.equal(problemsOf({}), '');
});

test('what a column of a field can’t be is told', () => {
  const changes: readonly [RegExp, Partial<Column>][] = [
    [/values of the field price are out of order/, { dictionary: Float64Array.of(5, 5, 9) }],
    [/rows of the field price/, { documents: Int32Array.of(0, 3, 2) }],
    [/rows of the field price/, { documents: Int32Array.of(0, 2, 4) }],
    [/rows of the field price/, { starts: Int32Array.of(0, 1, 1, 4) }],
    [/rows of the field price/, { starts: Int32Array.of(0, 1, 2, 5) }],
    [/document 2 has no value of the field price/, { ordinals: Int32Array.of(1, 3, 0, 2) }],
    [/document 2 has no value of the field price/, { ordinals: Int32Array.of(1, -1, 0, 2) }],
    [/document 3 has no value of the field price/, { ordinals: Int32Array.of(1, 0, 2, 2) }],
  ];
  for (const [expected, change] of changes) assert.match(problemsOf(change), expected);
});

interface SaidWord {
  readonly word: string;
  readonly documents: number;
}

/** The side dictionary says `said`; the other one has `apple` in three documents and `pear` in two. */
function wordProblems(said: readonly SaidWord[], count = said.length): string {
  const frequencies = new Map([
    [BigInt.asIntN(32, wordHash('apple')), 3],
    [BigInt.asIntN(32, wordHash('pear')), 2],
  ]);
  const lows = [...frequencies.keys()];
  const kernels = {
    findTerm: (_: number, __: number, low: number) => lows.indexOf(BigInt(low)),
    loadWord: (_: number, place: number) => [...frequencies.values()][place - 2],
  };
  const segment = { words: { count, from: () => said } };
  const problems = checkWords({ kernels } as unknown as IndexMemory, segment as unknown as Segment);
  return [...problems].filter((problem) => problem !== undefined).join('; ');
}

test('words are held against the terms: their order, their documents, their number', () => {
  const apple = { word: 'apple', documents: 3 };
  const pear = { word: 'pear', documents: 2 };
  assert.equal(wordProblems([apple, pear]), '');
  assert.match(wordProblems([pear, apple]), /^the word apple is out of order$/);
  assert.match(
    wordProblems([apple, { word: 'pear', documents: 3 }]),
    /^the word pear is said to be in 3 documents, and is in 2$/,
  );
  assert.match(
    wordProblems([apple, { word: 'plum', documents: 1 }]),
    /^the word plum is said to be in 1 documents, and is in 0$/,
  );
  assert.match(wordProblems([apple, pear], 3), /^there are 2 words, not 3$/);
});
