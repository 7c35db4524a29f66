import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { PeregrineError } from '../../base/index.ts';
import type { CareOptions } from '../../collection/index.ts';
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

test('rebuild that is interrupted says whether it goes on, and how', async (t) => {
  const directory = usedDirectory(t);
  for (const [words, said] of [
    [['rebuild'], /Interrupted\. What is done stays: the same command goes on from there\./],
    [['rebuild', '--repair'], /Interrupted\. What is done stays\.\n/],
  ] as const) {
    const engine = await filled();
    const work = async (_: string, { signal }: CareOptions = {}): Promise<never> => {
      terminal.send('SIGINT');
      signal?.throwIfAborted();
      assert.fail('nobody has called it off');
    };
    const cancelled = (...args: Parameters<typeof work>): Promise<never> =>
      work(...args).catch(() => {
        throw new PeregrineError('CANCELLED', 'The work on the index was stopped.');
      });
    Object.assign(engine.indexCare, { rebuild: cancelled, repair: cancelled });
    const terminal = new CaptiveTerminal(engine);
    assert.equal(await terminal.run(...words, '--data-dir', directory), 130);
    assert.match(terminal.told, said);
    assert.equal(terminal.listeners, 0);
  }
});

test('status names an index that is damaged and a rebuild that was stopped, each with the command that goes on', async (t) => {
  const engine = await filled();
  const status = await engine.status();
  const collections = status.collections.map((one) => ({
    ...one,
    damagedSegments: 2,
    isRebuildUnfinished: true,
  }));
  engine.status = async () => ({ ...status, collections });
  const terminal = new CaptiveTerminal(engine);
  assert.equal(await terminal.run('status', '--data-dir', usedDirectory(t)), 0);
  assert.match(terminal.printed, /2 segments damaged, .* peregrine rebuild --repair --collection main\n/);
  assert.match(terminal.printed, /rebuild was stopped .* peregrine rebuild --collection main\n/);
});

test('a search of a damaged index says so instead of what no page holds', async (t) => {
  const engine = await filled();
  const whole = await engine.search('main', { query: 'zeppelin' });
  engine.search = async () => ({ ...whole, partial: true, isDamaged: true });
  const terminal = new CaptiveTerminal(engine);
  assert.equal(await terminal.run('search', 'zeppelin', '--data-dir', usedDirectory(t)), 0);
  assert.match(terminal.told, /Part of the index can’t be read, pages may be missing\. peregrine status/);
  assert.doesNotMatch(terminal.told, /No page holds/);
});

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
