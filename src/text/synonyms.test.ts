import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { MAX_SYNONYM_SIDES, SynonymTable, tokenize } from './index.ts';

/** `start+length: alternative | alternative` of each match. */
function expanded(table: string, query: string, language = 'en'): string[] {
  const { table: synonyms, problems } = SynonymTable.parse(table);
  assert.deepEqual(problems, []);
  return synonyms.expand(tokenize(query), language).map(({ start, length, alternatives }) => {
    const texts = alternatives.map((words) => words.map(({ word }) => word).join(' '));
    return `${start}+${length}: ${texts.join(' | ')}`;
  });
}

describe('A table of synonyms', () => {
  it('finds each of its words by every other, in a line without an arrow', () => {
    const table = 'car, automobile, motor car\n';
    assert.deepEqual(expanded(table, 'red car'), ['1+1: automobile | motor car']);
    assert.deepEqual(expanded(table, 'an automobile'), ['1+1: car | motor car']);
    assert.deepEqual(expanded(table, 'the motor car show'), ['1+2: car | automobile']);
  });

  it('goes one way with an arrow', () => {
    const table = 'laptop, lap top => notebook, portable computer';
    assert.deepEqual(expanded(table, 'cheap laptop'), ['1+1: notebook | portable computer']);
    assert.deepEqual(expanded(table, 'cheap lap top'), ['1+2: notebook | portable computer']);
    assert.deepEqual(expanded(table, 'cheap notebook'), []);
  });

  it('knows words in any form of the language, in any case, with and without diacritics', () => {
    assert.deepEqual(expanded('car, automobile', 'Cars'), ['0+1: automobile']);
    assert.deepEqual(expanded('Möbel, Einrichtung', 'mobel', 'de'), ['0+1: einrichtung']);
    assert.deepEqual(expanded('mouse, mice', 'mice'), ['0+1: mouse']);
  });

  it('takes the longest match, and its words not again', () => {
    const table = 'new york, nyc\nyork, eboracum';
    assert.deepEqual(expanded(table, 'new york york'), ['0+2: nyc', '2+1: eboracum']);
  });

  it('joins what several lines say', () => {
    assert.deepEqual(expanded('tv, television\ntv => telly, television', 'tv'), ['0+1: television | telly']);
  });

  it('tells which lines are no rules, and why, and takes the others', () => {
    const many = Array.from({ length: MAX_SYNONYM_SIDES + 1 }, (_, i) => `w${i}`).join(', ');
    const lines = ['# words', 'alone', 'a => b => c', 'one,, two', '', many, 'sea, ocean # of water'];
    const { table, problems } = SynonymTable.parse(lines.join('\r\n'));
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 4, 6],
    );
    assert.equal(table.size, 1);
    assert.equal(table.expand(tokenize('sea'), 'en').length, 1);
  });

  it('takes any text, and tells places inside the query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (lines, query) => {
        const { table } = SynonymTable.parse(`${lines}\nsea, ocean, big water`);
        const words = tokenize(`${query} big water`);
        let end = 0;
        const matches = table.expand(words);
        assert.ok(matches.length > 0);
        for (const { start, length, alternatives } of matches) {
          assert.ok(start >= end && length > 0 && start + length <= words.length);
          assert.ok(alternatives.every((phrase) => phrase.length > 0));
          end = start + length;
        }
      }),
    );
  });
});
