import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STOP_WORD_LANGUAGES, wordWeight } from './stop-words.ts';
import { tokenize, wordsOf } from './tokenizer.ts';

describe('stop words', () => {
  test('count less, question words less, others in full', () => {
    assert.equal(wordWeight('the', 'en'), 0.1);
    assert.equal(wordWeight('which', 'en'), 0.3);
    assert.equal(wordWeight('engine', 'en'), 1);
    assert.equal(wordWeight('the', ''), 1);
  });

  test('are listed as the tokenizer spells words', () => {
    assert.deepEqual(
      tokenize('für warum où élève').map(({ word }) => [
        word,
        wordWeight(word, 'de'),
        wordWeight(word, 'fr'),
      ]),
      [
        ['fur', 0.1, 1],
        ['warum', 0.3, 1],
        ['ou', 1, 0.1],
        ['eleve', 1, 1],
      ],
    );
  });

  test('are there for the common languages', () => {
    assert.ok(STOP_WORD_LANGUAGES.length >= 15);
    for (const language of STOP_WORD_LANGUAGES) assert.ok(wordsOf(language).length === 1);
  });
});
