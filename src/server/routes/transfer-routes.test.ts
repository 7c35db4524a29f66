import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { type Served, withServer } from '../../../testing/served-engine.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import type { TaskState } from '../background-tasks.ts';

/** Begins a task and returns how it ended. */
async function done({ command }: Served, url: string, payload: object): Promise<TaskState> {
  const begun = await command({ method: 'POST', url, payload });
  assert.equal(begun.statusCode, 202, begun.body);
  const { task } = begun.json<{ task: string }>();
  for (;;) {
    const { tasks } = (await command({ url: '/tasks' })).json<{ tasks: readonly TaskState[] }>();
    const found = tasks.find(({ id }) => id === task);
    if (found !== undefined && found.state !== 'running') return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('files of the server are brought in and written, and pages forgotten, as tasks that tell what came of them', async (t) => {
  const directory = temporaryDirectory(t);
  const [path, file] = [join(directory, 'in.ndjson'), join(directory, 'out.csv')];
  const urls = [1, 2].map((n) => `https://new.example.org/${n}`);
  writeFileSync(path, urls.map((url) => JSON.stringify({ url, content: `<title>${url}` })).join('\n'));
  await withServer(async (served) => {
    const { engine, command } = served;
    const dry = await done(served, '/import/file', { kind: 'ndjson', path, isDryRun: true });
    assert.match(dry.sentences[0] ?? '', /^2 records read: 2 would be imported/);
    assert.equal(await engine.get('main', { url: urls[0] ?? '' }), undefined);
    const taken = await done(served, '/import/file', { kind: 'ndjson', path });
    assert.deepEqual([taken.state, taken.isSound], ['done', true]);
    const written = await done(served, '/export', { file, format: 'csv' });
    assert.match(written.sentences[0] ?? '', /^4 documents written/);
    for (const url of urls) assert.ok(readFileSync(file, 'utf8').includes(url));
    const again = await done(served, '/export', { file });
    assert.equal(again.state, 'failed', 'nothing is written over');
    assert.equal((await done(served, '/forget', { urls: [urls[0]] })).state, 'done');
    assert.equal(await engine.get('main', { url: urls[0] ?? '' }), undefined);
    for (const [url, payload] of [
      ['/import/file', { kind: 'ndjson', path: 'relative' }],
      ['/import/file', { kind: 'gigablast', path }],
      ['/export', { file: 'relative' }],
      ['/forget', {}],
    ] as const) {
      assert.equal((await command({ method: 'POST', url, payload })).statusCode, 400, url);
    }
  });
});
