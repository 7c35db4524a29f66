import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { SHARD_COUNT_FILE } from '../../storage/index.ts';

function usedDirectory(t: TestContext): string {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, SHARD_COUNT_FILE), '');
  return directory;
}

async function filled(): Promise<TinyEngine> {
  const engine = new TinyEngine();
  await engine.inject('main', { url: 'https://a.example/', content: '<p>a</p>' });
  return engine;
}

test('rebuild says what came of it, and checks or repairs alone', async (t) => {
  const directory = usedDirectory(t);
  for (const [words, sentence] of [
    [['rebuild'], /1 documents indexed anew/],
    [['rebuild', '--verify'], /all is well/],
    [['rebuild', '--repair'], /nothing to repair/],
  ] as const) {
    const terminal = new CaptiveTerminal(await filled());
    assert.equal(await terminal.run(...words, '--data-dir', directory), 0);
    assert.match(terminal.printed, sentence);
  }
  const asJson = new CaptiveTerminal(await filled());
  assert.equal(await asJson.run('rebuild', '--verify', '--json', '--data-dir', directory), 0);
  assert.equal(JSON.parse(asJson.printed).isSound, true);
  const both = new CaptiveTerminal(await filled());
  assert.equal(await both.run('rebuild', '--verify', '--repair', '--data-dir', directory), 2);
});
