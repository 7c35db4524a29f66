import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { type LetterTable, readLetterTable } from './letter-table.ts';

const FILE = new URL('../ngrams/extrasmall.js', import.meta.resolve('eld/extrasmall'));

describe('the table of letters', () => {
  test('says of every sequence what the package says', async () => {
    const { ngramsData: theirs } = (await import(FILE.href)) as { ngramsData: LetterTable };
    const ours = readLetterTable(readFileSync(FILE, 'utf8'));
    assert.deepEqual([ours.type, ours.languages], [theirs.type, theirs.languages]);
    const letters = Object.keys(theirs.ngrams);
    assert.deepEqual(Object.keys(ours.ngrams), letters);
    for (const one of letters) assert.deepEqual(ours.ngrams[one], theirs.ngrams[one]);
    assert.equal(ours.ngrams['no such letters'], undefined);
  });

  test('is read with names in quotes and without, or not at all', () => {
    const head = "x = {type:'T',languages:{0:'de',1:'en'},ngrams:{";
    const table = readLetterTable(String.raw`${head}abc:{0:1},"d'":{1:2,0:3},'e\'\\':{1:255}}};`);
    assert.deepEqual({ ...table.ngrams }, { abc: { 0: 1 }, "d'": { 1: 2, 0: 3 }, "e'\\": { 1: 255 } });
    for (const broken of [`${head}abc:{0:1}`, `${head}abc:{0:1,1:256}}`, `${head}abc:[0]}`, '', head]) {
      assert.throws(
        () => readLetterTable(broken),
        (error) => isPeregrineError(error, 'CORRUPT'),
      );
    }
  });
});
