import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { type Engine, type EngineOptions, openEngine } from '../collection/index.ts';

/** Opens real engines. */
class RealTerminal extends CaptiveTerminal {
  constructor() {
    super(new TinyEngine());
  }

  override openEngine(options: EngineOptions): Promise<Engine> {
    return openEngine(options);
  }
}

test('what is told of imports, exports and forgetting counts one as one, and tells no noughts', async (t) => {
  const directory = temporaryDirectory(t);
  const data = ['--data-dir', join(directory, 'data')];
  const told = async (...words: string[]): Promise<string> => {
    const terminal = new RealTerminal();
    assert.equal(await terminal.run(...words, ...data), 0, terminal.told);
    return terminal.told;
  };
  const lines = join(directory, 'lines.ndjson');
  writeFileSync(lines, '{"url":"https://notes.example.org/1","content":"A note."}\n');
  assert.equal(await told('import', 'ndjson', lines), '1 record: 1 imported.\n');
  assert.equal(await told('import', 'ndjson', lines), '1 record: 0 imported, 1 there already.\n');
  const file = join(directory, 'all.ndjson');
  assert.match(await told('export', file), /^1 document written to \S+ \(\d+ B\)\.\n$/);
  assert.match(await told('bundle', 'make', join(directory, 'bundle')), /^1 document in 1 chunk, "main", /);
  assert.match(await told('upgrade'), /^Index of main: 1 document indexed anew/m);
  assert.match(await told('forget', 'https://notes.example.org/1'), /^1 page removed, 1 address banned\. /);
});

test('a folder where a file is wanted, and a file where a folder is, are named as such', async (t) => {
  const directory = temporaryDirectory(t);
  const data = ['--data-dir', join(directory, 'data')];
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  for (const kind of ['ndjson', 'csv', 'mbox']) {
    const terminal = new RealTerminal();
    assert.equal(await terminal.run('import', kind, folder, ...data), 2, terminal.told);
    assert.match(terminal.told, /folder is a folder: name a file in it/);
  }
  const file = join(directory, 'file');
  writeFileSync(file, 'x');
  const terminal = new RealTerminal();
  assert.equal(await terminal.run('snapshot', 'take', file, ...data), 2, terminal.told);
  assert.match(terminal.told, /file is a file: name a folder, or s3:/);
});
