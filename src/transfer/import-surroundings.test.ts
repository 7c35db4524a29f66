import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  spiderRecord,
  tagRecord,
  titleBytes,
  titleRecord,
  writeTitleFile,
} from '../../testing/gigablast-files.ts';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import type { CrawlRequest } from '../crawl/index.ts';
import { oldHash64 } from './gigablast/old-hash.ts';
import { ImportJob } from './import-job.ts';

/** Hears which crawls are begun, and begins none. */
class QuietEngine extends TinyEngine {
  readonly crawls: CrawlRequest[] = [];

  override async startCrawl(_: string, request: CrawlRequest): Promise<void> {
    this.crawls.push(request);
  }
}

const said = (host: string, tag: number, value: string): Uint8Array =>
  tagRecord({ siteHash: oldHash64(host), tag, user: 'admin', value });

test('what lies beside the title files counts: bans, tags and settings, and files that are passed over are told', async (t) => {
  const directory = temporaryDirectory(t);
  const good = 'http://good.example.org/1';
  const bad = 'http://bad.example.org/1';
  const documents = [good, bad].map((url) => titleRecord({ url, content: `<title>${url}</title>` }));
  writeTitleFile(directory, titleBytes(documents));
  writeFileSync(
    join(directory, 'tagdb0001.dat'),
    Buffer.concat([said('bad.example.org', 0xa6fdab2c, '1'), said('good.example.org', 0x00e2984f, 'kept')]),
  );
  writeFileSync(join(directory, 'coll.conf'), '<spiderDelayInMilliseconds>700</>\n<useRobotstxt>0</>\n');
  writeFileSync(
    join(directory, 'spiderdb0001.dat'),
    Buffer.concat([spiderRecord(7, 'http://new.example.org/'), spiderRecord(8, 'http://bad.example.org/2')]),
  );
  for (const name of ['titledbRebuild0001.dat', 'titledb-saving.dat', 'titledb0003-000.dat.gz'])
    writeFileSync(join(directory, name), 'x');
  // For one host of two something waits.
  writeFileSync(join(directory, 'addsinprogress.dat'), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7]));

  const engine = new QuietEngine({});
  if (!engine.collections().includes('main')) await engine.createCollection('main');
  const job = new ImportJob(engine, 'main', { directory, follow: true }, new HastyClock());
  await job.run();
  const { imported, skipped, notes } = job.report();
  assert.deepEqual([imported, skipped], [1, 1]);
  assert.equal(await engine.get('main', { url: bad }), undefined);
  assert.equal((await engine.get('main', { url: good }))?.document.meta['gigablast.tag.comment'], 'kept');
  assert.deepEqual(engine.crawls, [{ delay_ms: 700, seeds: ['http://new.example.org/'] }]);
  for (const what of [
    'titledbRebuild0001.dat',
    'addsinprogress.dat',
    'titledb-saving.dat',
    'dat.gz is not read: it is packed',
    'banned: 1',
    'robots.txt',
  ])
    assert.ok(
      notes.some((note) => note.includes(what)),
      what,
    );
});
