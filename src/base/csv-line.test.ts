import assert from 'node:assert/strict';
import { test } from 'node:test';

import { csvLine } from './csv-line.ts';

test('cells are quoted where they must be', () => {
  assert.equal(csvLine(['a', 'b,c', 'say "d"', 'e\nf', '', 7]), 'a,"b,c","say ""d""","e\nf",,7\r\n');
});

test('no cell is a formula, also not behind a number, and numbers below zero stay numbers', () => {
  for (const formula of ['=1+1', '+1', '-a', '@SUM(1)', '\t=1', `-1+cmd|' /C calc'!A0`, '-2.5-A1', '＝1+1']) {
    assert.equal(csvLine([formula]), `'${formula}\r\n`);
  }
  assert.equal(csvLine(['\r=1', '\n=1']), `"'\r=1","'\n=1"\r\n`);
  assert.equal(csvLine([-1, '-2.5', '1-2', 'a=b']), '-1,-2.5,1-2,a=b\r\n');
});
