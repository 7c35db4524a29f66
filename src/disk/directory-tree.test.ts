import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { lockDirectory, makeDirectoryTree } from './index.ts';

const HAS_PROC = existsSync('/proc/self');

async function refused(path: string, code: string, words: RegExp): Promise<void> {
  await assert.rejects(makeDirectoryTree(path), (error: unknown) => {
    assert.ok(isPeregrineError(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });
}

describe('A directory and those above it', () => {
  it('are made, with the mode that was asked for, and are no error where they stand', async (t) => {
    const path = join(temporaryDirectory(t), 'a', 'b', 'c');
    await makeDirectoryTree(path, 0o700);
    await makeDirectoryTree(path, 0o700);
    if (process.platform !== 'win32') {
      assert.equal(statSync(path).mode & 0o777, 0o700);
      assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
    }
  });

  it('are made once where several ask at the same time', async (t) => {
    const path = join(temporaryDirectory(t), 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, (_, i) => makeDirectoryTree(join(path, String(i % 4)))));
    assert.ok(statSync(join(path, '3')).isDirectory());
  });

  it('stand where a link leads to a directory', async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'there'));
    symlinkSync(join(directory, 'there'), join(directory, 'link'));
    await makeDirectoryTree(join(directory, 'link', 'inside'));
    assert.ok(statSync(join(directory, 'there', 'inside')).isDirectory());
  });

  it('are refused at once by a file system that takes none', { skip: !HAS_PROC }, async () => {
    await refused('/proc/peregrine', 'IO', /\/proc takes no new directories/);
    await refused('/proc/peregrine/below/it', 'IO', /\/proc takes no new directories/);
  });

  it('is not locked where a file system takes no files either', { skip: !HAS_PROC }, async () => {
    await assert.rejects(lockDirectory('/proc'), /\/proc takes no new files/);
  });

  it('are refused where a file is in the way, which is named', async (t) => {
    const file = join(temporaryDirectory(t), 'file');
    writeFileSync(file, '');
    await refused(file, 'ALREADY_EXISTS', /file is a file\./);
    for (const path of [join(file, 'below'), join(file, 'below', 'it')]) {
      await refused(path, 'IO', /file is a file\./);
    }
  });

  it('are refused where a link leads nowhere, and so is a lock of that name', async (t) => {
    const directory = temporaryDirectory(t);
    symlinkSync(join(directory, 'nowhere', 'at all'), join(directory, 'link'));
    await refused(join(directory, 'link'), 'ALREADY_EXISTS', /link is a file\./);
    symlinkSync(join(directory, 'nowhere', 'at all'), join(directory, 'peregrine.lock'));
    await assert.rejects(lockDirectory(directory), (error: unknown) =>
      isPeregrineError(error, 'ALREADY_EXISTS'),
    );
  });
});
