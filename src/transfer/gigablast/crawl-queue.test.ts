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

test('what was fetched takes no room in the queue, and is told from what is wanted however much it is', async (t) => {
  const folder = join(temporaryDirectory(t), 'coll.main.0');
  writeTitleFile(folder, titleBytes([titleRecord({ url: url(1), content: 'one' })]));
  const records = Array.from({ length: 2_000 }, (_, n) => [
    spiderRecord(n, undefined),
    spiderRecord(n, url(n)),
  ]);
  const wanted = [spiderRecord(5_000, url(5_000)), spiderRecord(2 ** 47 + 1, url(5_001))];
  writeFileSync(join(folder, 'spiderdb0001.dat'), Buffer.concat([...records.flat(), ...wanted]));
  const folders = await findTitleFiles(folder);
  for (const [most, held] of [
    [10, undefined],
    [10_000, 500],
    [10_000, 1],
  ] as const)
    assert.deepEqual([...(await readCrawlQueue(folders, most, held)).urls], [url(5_000), url(5_001)]);
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

test('behind damage the queue goes on where records do, and a chopped file is entered so', async (t) => {
  const folder = join(temporaryDirectory(t), 'coll.main.0');
  writeTitleFile(folder, titleBytes([titleRecord({ url: url(1), content: 'one' })]));
  const records = Array.from({ length: 20 }, (_, n) => spiderRecord(n + 1, url(n + 1)));
  const at = records.slice(0, 5).reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.concat(records);
  // The sixth says another size, the ninth's key is none.
  bytes.writeInt32LE(300, at + 16);
  bytes.fill(0xff, at + 3 * (records[5]?.length ?? 0), at + 3 * (records[5]?.length ?? 0) + 16);
  writeFileSync(join(folder, 'spiderdb0001.dat'), bytes);
  const damaged = await readCrawlQueue(await findTitleFiles(folder), 100);
  const found = [...damaged.urls].map((each) => Number(each.split('/').at(-1))).sort((a, b) => a - b);
  assert.deepEqual(
    found.filter((n) => n < 6 || n > 9),
    [1, 2, 3, 4, 5, ...Array.from({ length: 11 }, (_, n) => n + 10)],
  );
  assert.ok(damaged.losses.length > 0);
  writeFileSync(join(folder, 'spiderdb0001.dat'), Buffer.alloc(0));
  writeFileSync(join(folder, 'spiderdb0001.dat.part1'), Buffer.concat(records).subarray(30));
  const chopped = await readCrawlQueue(await findTitleFiles(folder), 100);
  assert.equal(chopped.urls.size, 19);
});
