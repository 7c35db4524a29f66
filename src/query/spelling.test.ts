import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pageCollection } from '../../testing/page-collection.ts';
import { sharedData } from '../../testing/shared-data.ts';
import { parseQuery } from './query-language.ts';
import { printParsed } from './query-printer.ts';
import { correctQuery, correctWord, suggestWords } from './spelling.ts';
import { ViewVocabulary } from './view-vocabulary.ts';

test('a query is corrected word by word, but for what is meant as it stands', async () => {
  const pages = await pageCollection({
    'https://a.example/1':
      'The peregrine falcon nests on cliffs, and hunts other birds in flight above the plains.',
  });
  const vocabulary = new ViewVocabulary(pages.views);
  const corrected = (query: string): string | undefined => {
    const right = correctQuery(parseQuery(query), vocabulary);
    return right && printParsed(right);
  };
  assert.equal(corrected('perergine flacon'), 'peregrine falcon');
  assert.equal(corrected('perergine -flacon'), 'peregrine -flacon');
  assert.equal(corrected('peregrine falcon'), undefined);
  assert.equal(corrected('where does the perergine hunts'), 'where does the peregrine hunts');
  assert.equal(corrected('"flacon" +flacon f1acon 4711 x'), undefined);
  await pages.close();
});

const file = sharedData('tests/spell/noisy_query_en_1000.txt');
test(
  'misspelt words are put right, and right ones left alone',
  { skip: file === undefined && 'the test data are not at hand' },
  async () => {
    const pairs = readFileSync(file ?? '', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/) as [typed: string, right: string]);
    const text = pairs.map(([, right]) => right).join(' ');
    const pages = await pageCollection({ 'https://a.example/': text });
    const vocabulary = new ViewVocabulary(pages.views);
    let first = 0;
    let firstThree = 0;
    let changed = 0;
    for (const [typed, right] of pairs) {
      const words = suggestWords(typed, vocabulary, 3).map(({ word }) => word);
      if (words[0] === right) first += 1;
      if (words.includes(right)) firstThree += 1;
      if (correctWord(right, vocabulary) !== undefined) changed += 1;
    }
    await pages.close();
    assert.ok(first >= pairs.length * 0.8, `${first} of ${pairs.length} first`);
    assert.ok(firstThree >= pairs.length * 0.92, `${firstThree} of ${pairs.length} in the first three`);
    assert.ok(changed <= pairs.length * 0.005, `${changed} right words changed`);
  },
);
