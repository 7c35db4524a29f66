import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { openEngine } from '../collection/index.ts';
import { openControlSocket } from '../server/index.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

test('an export to standard output has nothing in it but the documents, whoever holds the directory', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory: data });
  await engine.createCollection('main');
  for (const n of [1, 2, 3]) {
    await engine.inject('main', {
      url: `https://birds.example.org/${n}`,
      content: `<title>Falcon ${n}</title>`,
    });
  }
  await engine.close();
  const words = [MAIN, 'export', '-', '--data-dir', data];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match((JSON.parse(line) as { url: string }).url, /birds\.example\.org/);
  const again = await openEngine({ dataDirectory: data });
  const control = await openControlSocket({ engine: again, dataDirectory: data });
  try {
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile(process.execPath, words, (_, printed) => resolve(printed));
    assert.equal(await promise, stdout);
  } finally {
    await control.close();
    await again.close();
  }
});
