import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { isPeregrineError, messageOf } from '../base/index.ts';
import { fromSystemError, wordsForSystemError } from './disk-error.ts';

const systemError = (code: string, path?: string): Error =>
  Object.assign(new Error(`${code}: so it is`), { code, errno: -1, syscall: 'write', ...(path && { path }) });

const said = (code: string): string => fromSystemError(systemError(code), 'write', { file: 'a' }).message;

test('what the file system refuses says what to do about it', () => {
  assert.match(said('EACCES'), /run as the owner of the directory/);
  assert.match(said('EROFS'), /mount it for writing/);
  assert.match(said('ENOSPC'), /free some space/);
  assert.match(said('EMFILE'), /ulimit -n/);
});

test('errors of the file system that nobody has put into words get them, others stay as they are', async () => {
  const missing: unknown = await readFile('/there/is/no/such/file').catch((error: unknown) => error);
  assert.ok(isPeregrineError(wordsForSystemError(missing), 'NOT_FOUND'));
  const full = wordsForSystemError(systemError('ENOSPC'));
  assert.ok(isPeregrineError(full, 'DISK_FULL'));
  assert.equal(
    messageOf(full),
    'write failed. The disk is full: free some space on it, or take another one.',
  );
  for (const other of [systemError('ECONNRESET'), new TypeError('a mistake'), 'text'])
    assert.equal(wordsForSystemError(other), other);
});
