import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { readLetterTable } from './letter-table.ts';

const FILE = new URL('../ngrams/extrasmall.js', import.meta.resolve('eld/extrasmall'));

interface Table {
  readonly languages: Readonly<Record<string, string>>;
  readonly ngrams: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The table as the package has it. */
function read(source: string): Table {
  const ngrams: Record<string, Record<string, number>> = {};
  const codes = readLetterTable(source, (letters, scores) => {
    const of: Record<string, number> = {};
    for (let at = 0; at < scores.length; at += 2) of[scores[at] ?? 0] = scores[at + 1] ?? 0;
    ngrams[letters] = of;
  });
  return { languages: Object.fromEntries(codes.entries()), ngrams };
}

describe('the table of letters', () => {
  test('says of every sequence what the package says', async () => {
    const { ngramsData: theirs } = (await import(FILE.href)) as { ngramsData: Table };
    const ours = read(readFileSync(FILE, 'utf8'));
    assert.deepEqual(ours.languages, theirs.languages);
    assert.equal(JSON.stringify(ours.ngrams), JSON.stringify(theirs.ngrams));
  });

  test('is read with names in quotes and without, or not at all', () => {
    const head = "x = {type:'T',languages:{0:'de',1:'en'},ngrams:{";
    const table = read(String.raw`${head}abc:{0:1},"d'":{1:2,0:3},'e\'\\':{1:255}}};`);
    assert.deepEqual(table, {
      languages: { 0: 'de', 1: 'en' },
      ngrams: { abc: { 0: 1 }, "d'": { 1: 2, 0: 3 }, "e'\\": { 1: 255 } },
    });
    for (const broken of [`${head}abc:{0:1}`, `${head}abc:{0:1,1:256}}`, `${head}abc:[0]}`, '', head]) {
      assert.throws(
        () => read(broken),
        (error) => isPeregrineError(error, 'CORRUPT'),
      );
    }
  });
});
