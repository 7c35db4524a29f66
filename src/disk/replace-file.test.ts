import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { isPeregrineError } from '../base/index.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { replaceFile } from './replace-file.ts';

test('a file is replaced whole, with the mode that was asked for, and nothing stays beside it', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'key');
  await replaceFile(path, 'first', { mode: 0o600 });
  await replaceFile(path, new TextEncoder().encode('second'), { mode: 0o600 });
  assert.equal(readFileSync(path, 'utf8'), 'second');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['key']);
});

test('what a kill left aside is written over, and keeps none of its rights', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'key');
  writeFileSync(`${path}.new`, 'half of a k', { mode: 0o644 });
  await replaceFile(path, 'whole', { mode: 0o600 });
  assert.equal(readFileSync(path, 'utf8'), 'whole');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('many who write one path at once leave what one of them wrote', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'piece');
  const contents = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(10_000));
  await Promise.all(contents.map((content) => replaceFile(path, content, { isShared: true })));
  assert.ok(contents.includes(readFileSync(path, 'utf8')));
  assert.deepEqual(readdirSync(directory), ['piece']);
});

test('where it fails, the error is typed and names the file, and what was there is as it was', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'taken');
  mkdirSync(join(path, 'inside'), { recursive: true });
  await assert.rejects(replaceFile(path, 'x'), (error) => {
    assert.ok(isPeregrineError(error, 'IO'));
    assert.equal(error.facts['file'], path);
    return true;
  });
  assert.deepEqual(readdirSync(directory), ['taken']);
  await assert.rejects(replaceFile(join(directory, 'no', 'folder'), 'x'), { code: 'NOT_FOUND' });
});
