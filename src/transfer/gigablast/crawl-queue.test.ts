import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  savedTree,
  spiderRecord,
  titleBytes,
  titleRecord,
  writeTitleFile,
} from '../../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { readCrawlQueue } from './crawl-queue.ts';
import { findTitleFiles } from './title-files.ts';

const url = (n: number): string => `http://site.example.org/${n}`;

test('what was wanted and never fetched is the queue, over files and memory, newest first', async (t) => {
  const work = temporaryDirectory(t);
  const folder = join(work, 'coll.main.3');
  mkdirSync(folder);
  writeTitleFile(folder, titleBytes([titleRecord({ url: url(1), content: 'one' })]));
  const files: Readonly<Record<string, readonly Uint8Array[]>> = {
    'spiderdb0001.dat': [spiderRecord(1, url(1)), spiderRecord(2, url(2)), spiderRecord(3, url(3))],
    // Fetched; taken back; wanted by its document id alone.
    'spiderdb0003.dat': [
      spiderRecord(1, undefined),
      spiderRecord(3, url(3), { isTombstone: true }),
      spiderRecord(4, '123456789'),
    ],
  };
  for (const [name, records] of Object.entries(files))
    writeFileSync(join(folder, name), Buffer.concat(records));
  const nodes = [3, 3, 8].map((collnum, n) => ({ collnum, record: spiderRecord(5 + n, url(5 + n)) }));
  writeFileSync(join(work, 'spiderdb-saved.dat'), savedTree(nodes, 16));
  const folders = await findTitleFiles(work);
  const { urls, losses } = await readCrawlQueue(folders, 100);
  assert.deepEqual([...urls].sort(), [url(2), url(5), url(6)]);
  assert.deepEqual(losses, []);
  assert.equal((await readCrawlQueue(folders, 1)).urls.size, 1);
});

test('what was fetched takes no room in the queue, and more than is held of it is told', async (t) => {
  const folder = join(temporaryDirectory(t), 'coll.main.0');
  writeTitleFile(folder, titleBytes([titleRecord({ url: url(1), content: 'one' })]));
  const records = Array.from({ length: 2_000 }, (_, n) => [
    spiderRecord(n, undefined),
    spiderRecord(n, url(n)),
  ]);
  const wanted = [spiderRecord(5_000, url(5_000)), spiderRecord(2 ** 47 + 1, url(5_001))];
  writeFileSync(join(folder, 'spiderdb0001.dat'), Buffer.concat([...records.flat(), ...wanted]));
  const folders = await findTitleFiles(folder);
  const { urls, isCut } = await readCrawlQueue(folders, 10);
  assert.deepEqual([...urls, isCut], [url(5_000), url(5_001), false]);
  const cut = await readCrawlQueue(folders, 10_000, 500);
  assert.deepEqual([cut.urls.size, cut.isCut], [1_502, true]);
});

test('a damaged queue gives what it has before the damage, and tells the rest', async (t) => {
  const folder = join(temporaryDirectory(t), 'coll.main.0');
  writeTitleFile(folder, titleBytes([titleRecord({ url: url(1), content: 'one' })]));
  const good = spiderRecord(2, url(2));
  writeFileSync(join(folder, 'spiderdb0001.dat'), Buffer.concat([good, Buffer.alloc(50, 0xff)]));
  const { urls, losses } = await readCrawlQueue(await findTitleFiles(folder), 100);
  assert.deepEqual([...urls], [url(2)]);
  assert.deepEqual(
    losses.map(({ offset, size_bytes }) => [offset, size_bytes]),
    [[good.length, 50]],
  );
});
