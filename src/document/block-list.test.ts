import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BlockList } from './block-list.ts';

function tableOf(text: string): string[] {
  const list = new BlockList();
  list.append(text);
  list.flush('table');
  return list.sections().map((section) => section.text);
}

test('a table keeps tabs between cells and line feeds between rows, and nothing empty at the ends of rows', () => {
  assert.deepEqual(tableOf(' a  b \t\u00a0c\t\t \n\t \n\n \td\t\te \t\n'), ['a b\tc\n\td\t\te']);
  assert.deepEqual(tableOf(' \t\n\t '), []);
});

test('a row of hundreds of thousands of empty cells before a full one is read as soon as any other', () => {
  const cells = '\t'.repeat(300_000);
  assert.deepEqual(tableOf(`a${cells}b${cells}\nc`), [`a${cells}b\nc`]);
});
