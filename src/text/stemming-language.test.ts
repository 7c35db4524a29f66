import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stemmingLanguage } from './stemming-language.ts';

describe('the language that a word is stemmed in', () => {
  test("is the text's where the word is written in its script", () => {
    assert.equal(stemmingLanguage('häuser', 'de'), 'de');
    assert.equal(stemmingLanguage('ядро', 'uk'), 'uk');
    assert.equal(stemmingLanguage('knjige', 'sr'), 'sr');
  });

  test('is the commonest of its script where a text quotes a foreign word', () => {
    assert.equal(stemmingLanguage('ядро', 'en'), 'ru');
    assert.equal(stemmingLanguage('packages', 'ru'), 'en');
    assert.equal(stemmingLanguage('λόγος', 'de'), 'el');
  });

  test("is the text's where the script tells nothing", () => {
    assert.equal(stemmingLanguage('2024', 'de'), 'de');
    assert.equal(stemmingLanguage('検索', 'ja'), 'ja');
  });
});
