import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sharedData } from '../../testing/shared-data.ts';
import { foldLetters } from './folding.ts';
import { stem } from './stemmer.ts';

/** Least share of Snowball's own vocabulary that must agree: the newest rules of some are not in the packages yet. */
const VOCABULARIES: readonly (readonly [file: string, language: string, least: number])[] = [
  ['danish', 'da', 1],
  ['dutch_porter', 'nl', 1],
  ['english', 'en', 0.99],
  ['finnish', 'fi', 1],
  ['german', 'de', 0.96],
  ['hungarian', 'hu', 0.98],
  ['irish', 'ga', 1],
  ['italian', 'it', 1],
  ['nepali', 'ne', 1],
  ['norwegian', 'no', 0.99],
  ['portuguese', 'pt', 1],
  ['romanian', 'ro', 0.95],
  ['russian', 'ru', 1],
  ['spanish', 'es', 0.99],
  ['swedish', 'sv', 0.98],
  ['turkish', 'tr', 0.9],
];

describe('the stemmer', () => {
  for (const [file, language, least] of VOCABULARIES) {
    const path = sharedData(`tests/snowball/${file}.tsv`);
    test(`agrees with the vocabulary of ${file}`, { skip: path === undefined && 'no test data here' }, () => {
      const lines = readFileSync(path ?? '', 'utf8')
        .trim()
        .split('\n');
      const right = lines.filter((line) => {
        const [word = '', expected = ''] = line.normalize('NFKC').split('\t');
        return stem(word, language) === foldLetters(expected);
      });
      const share = right.length / lines.length;
      assert.ok(share >= least, `${(share * 100).toFixed(1)} % agree`);
    });
  }

  test('brings inflected words together', () => {
    assert.equal(stem('searching', 'en'), stem('searches', 'en'));
    assert.equal(stem('häuser', 'de'), stem('haus', 'de'));
    assert.equal(stem('서울에서', 'ko'), stem('서울은', 'ko'));
  });

  test('folds stems, so that they compare with words', () => {
    assert.equal(stem('épées', 'fr'), 'epe');
  });

  test('leaves alone what is not made of letters, and languages without stemmer', () => {
    assert.equal(stem('c++', 'en'), 'c++');
    assert.equal(stem('x86s', 'en'), 'x86s');
    assert.equal(stem('żółty', 'pl'), 'zolty');
    assert.equal(stem('words', ''), 'words');
    assert.equal(stem('words', 'toString'), 'words');
  });

  test('never gives an empty stem', () => {
    for (const word of ["'", 'a', 's', 'ing', 'ed', 'ya', 'ات', 'по']) {
      for (const language of ['en', 'de', 'ar', 'ru', 'tr', 'el', 'ta', 'cs', 'ca']) {
        assert.notEqual(stem(word, language), '', `${word} in ${language}`);
      }
    }
  });
});
