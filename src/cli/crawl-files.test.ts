import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { RULE_PROFILES } from '../crawl/index.ts';
import { readAddresses, readRules } from './crawl-files.ts';

test('rules come from a profile or a file, as JSON or by lines, checked', (t) => {
  const file = join(temporaryDirectory(t), 'rules.json');
  assert.deepEqual(readRules('docs'), RULE_PROFILES['docs']);
  writeFileSync(file, '[{"when": "depth > 3", "action": "skip"}]');
  assert.deepEqual(readRules(file), [{ when: 'depth > 3', action: 'skip' }]);
  writeFileSync(file, '# far away\nskip depth > 3\n');
  assert.deepEqual(readRules(file), [{ when: 'depth > 3', action: 'skip', note: 'far away' }]);
  for (const text of ['', 'hello', 'jump always', '{}', '[1]', '[{"when": "deepth > 3"}]']) {
    writeFileSync(file, text);
    assert.throws(() => readRules(file), { code: 'BAD_ARGUMENT' }, text);
  }
  assert.throws(() => readRules(`${file}.missing`), { code: 'BAD_ARGUMENT' });
});

test('a list has an address a line', (t) => {
  const file = join(temporaryDirectory(t), 'list.txt');
  writeFileSync(file, '\uFEFF# sites\r\nhttps://a.example/\n\n  b.example  \n');
  assert.deepEqual(readAddresses(file), ['https://a.example/', 'b.example']);
  assert.throws(() => readAddresses(`${file}.missing`), { code: 'BAD_ARGUMENT' });
});
