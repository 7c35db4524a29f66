import assert from 'node:assert/strict';
import { test } from 'node:test';

import { titleBytes, titleRecord, writeTitleFile } from '../../../testing/gigablast-files.ts';
import { withServer } from '../../../testing/served-engine.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import type { ImportReport } from '../../transfer/index.ts';

test('an import is begun, watched to its end and found again', async (t) => {
  const directory = temporaryDirectory(t);
  const urls = [1, 2, 3].map((n) => `http://old.example.org/${n}`);
  writeTitleFile(directory, titleBytes(urls.map((url) => titleRecord({ url, content: `<title>${url}` }))));
  await withServer(async ({ command, engine }) => {
    const started = await command({ method: 'POST', url: '/import/gigablast', payload: { directory } });
    assert.equal(started.statusCode, 202);
    let report: ImportReport | undefined;
    while (report?.state !== 'done') {
      const reply = await command({ url: '/import' });
      [report] = reply.json<{ imports: ImportReport[] }>().imports;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual([report.read, report.imported, report.directory], [3, 3, directory]);
    for (const url of urls) assert((await engine.get('main', { url })) !== undefined);
    const paused = await command({
      method: 'POST',
      url: '/import/pause',

      payload: { id: '0123456789abcdef' },
    });
    assert.equal(paused.statusCode, 404);
    const wrong = await command({
      method: 'POST',
      url: '/import/gigablast',

      payload: { directory: 'not/whole' },
    });
    assert.equal(wrong.statusCode, 400);
  });
});
