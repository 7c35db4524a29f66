import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';

const BIN = fileURLToPath(new URL('../../bin/peregrine.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function peregrine(words: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...words], { env: { ...process.env, NO_COLOR: '1' } });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number | null, out, err };
}

test('the command says its version and how it is used', async () => {
  const { code, out, err } = await peregrine(['--version']);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
  const wrong = await peregrine(['--nonsense']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /unknown option '--nonsense'/);
});

test('a note goes in by a pipe and is found by the next command', async (t: TestContext) => {
  const options = ['--data-dir', join(temporaryDirectory(t), 'data')];
  const note = ['inject', '-', '--url', 'https://notes.example.org/1', ...options];
  const injected = await peregrine(note, 'A note to find again\n');
  assert.equal(injected.code, 0, injected.err);
  const found = await peregrine(['search', 'note', ...options]);
  assert.equal(found.code, 0, found.err);
  assert.match(found.out, /https:\/\/notes\.example\.org\/1/);
});

test('a server ends in good order on SIGTERM, and leaves no socket', async (t: TestContext) => {
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--data-dir', dataDirectory]);
  const ended = once(child, 'close');
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (/Admin key: \S+\n/.test(printed)) break;
  }
  const [, origin = ''] = /Search at (\S+)\//.exec(printed) ?? [];
  assert.deepEqual(Object.keys((await (await fetch(`${origin}/status`)).json()) as object), [
    'ok',
    'version',
    'documents',
  ]);
  assert.ok(existsSync(join(dataDirectory, 'peregrine.sock')));
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  assert.ok(!existsSync(join(dataDirectory, 'peregrine.sock')));
});

test('the demo crawls its site and prints where to search', async () => {
  const { code, out, err } = await peregrine(['demo', '--port', '0', '--exit']);
  assert.equal(code, 0, err);
  assert.match(out, /Search at http:\/\/127\.0\.0\.1:\d+\//);
  assert.match(err, /Crawled \d+ pages in .*: \d+ indexed/);
  assert.doesNotMatch(err, /Invariant/);
});
