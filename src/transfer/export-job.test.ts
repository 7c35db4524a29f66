import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { type Engine, openEngine } from '../collection/index.ts';
import { exportBookmarks, exportIntoFile, type FileExport } from './export-job.ts';

describe('an export into a file', () => {
  let engine: Engine;
  let directory: string;
  before(async () => {
    directory = temporaryDirectory({ after });
    engine = await openEngine({ dataDirectory: join(directory, 'data'), shards: 2 });
    await engine.createCollection('main');
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        engine.inject('main', {
          url: `https://birds.example/${n}`,
          content: `<title>Bird ${n}</title><p>A ${n % 3 === 0 ? 'falcon' : 'hawk'} in the air.</p>`,
        }),
      ),
    );
  });
  after(() => engine.close());

  /** Stops behind the document of this number. */
  const stopped = async (wanted: FileExport, documents: number): Promise<void> => {
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === documents) stop.abort();
    };
    await assert.rejects(exportIntoFile(engine, 'main', wanted, { signal: stop.signal, onProgress }));
  };

  test('goes on where it was stopped, whatever the file got beyond, and is then as if it never had been', async () => {
    for (const [i, wanted] of (
      [
        { format: 'ndjson' },
        { format: 'csv' },
        { format: 'warc' },
        { format: 'ndjson', query: 'falcon' },
      ] as const
    ).entries()) {
      const whole = { ...wanted, file: join(directory, `whole-${i}`) };
      const cut = { ...wanted, file: join(directory, `cut-${i}`) };
      const { documents } = await exportIntoFile(engine, 'main', whole);
      assert.equal(documents, 'query' in wanted ? 10 : 30);
      await stopped(cut, 4);
      appendFileSync(cut.file, 'half a docu');
      const [bookmark] = await exportBookmarks(engine, 'main');
      assert.deepEqual([bookmark?.file, bookmark?.documents], [cut.file, 4]);
      await stopped(cut, 7);
      const report = await exportIntoFile(engine, 'main', cut);
      assert.deepEqual([report.documents, report.wasResumed], [documents, true]);
      assert.ok(readFileSync(cut.file).equals(readFileSync(whole.file)));
      assert.deepEqual(await exportBookmarks(engine, 'main'), []);
    }
  });

  test('says on its way how far it is, for a kill that lets it say no more', async () => {
    const marks: Promise<unknown>[] = [];
    const documentsIn = async (): Promise<unknown> =>
      (await exportBookmarks(engine, 'main')).map(({ documents }) => documents);
    await exportIntoFile(
      engine,
      'main',
      { file: join(directory, 'marked'), format: 'ndjson' },
      { bookmarkEvery_bytes: 1, onProgress: (done) => void (done === 5 && marks.push(documentsIn())) },
    );
    const [[documents]] = (await Promise.all(marks)) as [[number]];
    assert.ok(documents >= 4 && documents < 30, `${documents} documents`);
  });

  test('is refused where the file was there before, is of another export, or was cut since', async () => {
    const file = join(directory, 'refused');
    await stopped({ file, format: 'ndjson' }, 3);
    const refused = async (wanted: FileExport, why: RegExp): Promise<void> =>
      assert.rejects(exportIntoFile(engine, 'main', wanted), why);
    await refused({ file, format: 'csv' }, /was begun as ndjson: go on with that, or remove the file/);
    await refused({ file, format: 'ndjson', query: 'hawk' }, /was begun as ndjson/);
    truncateSync(file, 10);
    await refused({ file, format: 'ndjson' }, /was cut since it was written/);
    rmSync(file);
    assert.equal((await exportIntoFile(engine, 'main', { file, format: 'csv' })).wasResumed, false);
    await refused({ file, format: 'csv' }, /is there already, .*: name a new file, or remove this one/);
    await refused({ file: directory, format: 'csv' }, /is a folder: name a file in it/);
    await refused({ file: join(directory, 'none', 'x'), format: 'csv' }, /there is no folder .*none\.$/);
  });

  test('leaves nothing behind where it can not even begin', async () => {
    const file = join(directory, 'nothing');
    await assert.rejects(exportIntoFile(engine, 'nowhere', { file, format: 'csv' }), (error) =>
      isPeregrineError(error, 'NOT_FOUND'),
    );
    await assert.rejects(
      exportIntoFile(engine, 'main', { file, format: 'csv', query: 'a '.repeat(9_001) }),
      (error) => isPeregrineError(error, 'TOO_LARGE'),
    );
    assert.equal(existsSync(file), false);
    assert.deepEqual(await exportBookmarks(engine, 'main'), []);
  });
});
