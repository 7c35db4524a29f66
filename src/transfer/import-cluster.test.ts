import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  titleBytes,
  type TitleRecordBytes,
  titleRecord,
  tombstone,
  writeTitleFile,
} from '../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { until, watchedEngine } from '../../testing/watched-import.ts';
import { planImports } from './import-plan.ts';
import { addCounts, type ImportCounts, NO_COUNTS } from './import-report.ts';
import { reasonsInWords } from './reason-words.ts';
import { Imports } from './imports.ts';
import { runTransferTask } from './transfer-task.ts';

const url = (n: number): string => `http://site.example.org/${n}`;
const page = (n: number, fetched: number): TitleRecordBytes =>
  titleRecord({ url: url(n), content: `<p>page ${n} of ${fetched}`, docId: n * 1_000, spidered_s: fetched });
const gone = (n: number): TitleRecordBytes => tombstone(url(n), n * 1_000);

async function imported(directory: string): Promise<{ report: object; pages: Record<string, string> }> {
  const engine = new TinyEngine();
  const imports = new Imports(engine);
  const {
    read,
    imported: stored,
    superseded,
    tombstones,
    failed,
    lost_bytes,
  } = await imports.wait(imports.start('main', { directory }));
  const pages: Record<string, string> = {};
  for await (const { document } of engine.documents('main')) {
    pages[document.url.slice(-1)] = Buffer.from(document.raw).toString();
  }
  return { report: { read, imported: stored, superseded, tombstones, failed, lost_bytes }, pages };
}

test('Copies of a shard on two hosts are imported once: the page that was fetched last, whichever host has it', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(
    join(directory, 'host0/coll.main.0'),
    titleBytes([page(1, 100), page(2, 100), page(3, 100)]),
  );
  // Its files have higher numbers, which over hosts say nothing.
  writeTitleFile(
    join(directory, 'host1/coll.main.0'),
    titleBytes([page(1, 100), page(2, 90), page(4, 100)]),
    {
      id: 9,
    },
  );
  const { report, pages } = await imported(directory);
  assert.deepEqual(pages, {
    1: '<p>page 1 of 100',
    2: '<p>page 2 of 100',
    3: '<p>page 3 of 100',
    4: '<p>page 4 of 100',
  });
  assert.deepEqual(report, { read: 6, imported: 4, superseded: 2, tombstones: 0, failed: 0, lost_bytes: 0 });
});

test('A deletion holds against a copy that missed it, and gives way to a page that was fetched after it', async (t) => {
  const directory = temporaryDirectory(t);
  const first = join(directory, 'host0/coll.main.0');
  writeTitleFile(first, titleBytes([page(1, 100), page(2, 100)]), { id: 1 });
  writeTitleFile(first, titleBytes([gone(1), gone(2), gone(3)]), { id: 3 });
  writeTitleFile(
    join(directory, 'host1/coll.main.0'),
    titleBytes([page(1, 100), page(2, 200), page(3, 300)]),
  );
  const { report, pages } = await imported(directory);
  assert.deepEqual(pages, { 2: '<p>page 2 of 200' });
  assert.deepEqual(report, { read: 8, imported: 1, superseded: 4, tombstones: 3, failed: 0, lost_bytes: 0 });
});

test('A record that is damaged on one host is taken from the other', async (t) => {
  const directory = temporaryDirectory(t);
  const damaged = Buffer.from(titleBytes([page(1, 200)]));
  damaged.fill(0x55, 30, 60);
  writeTitleFile(join(directory, 'a/coll.main.0'), damaged);
  writeTitleFile(join(directory, 'b/coll.main.0'), titleBytes([page(1, 100)]));
  const { pages } = await imported(directory);
  assert.deepEqual(pages, { 1: '<p>page 1 of 100' });
});

test('Of a page whose newest version can’t be read the one before is taken, and told, unless it was deleted between', async (t) => {
  const directory = temporaryDirectory(t);
  const bad = Buffer.from(titleBytes([page(1, 200), page(2, 200)]));
  const first = page(1, 200).bytes.length;
  for (const at of [30, first + 30]) bad.fill(0x55, at, at + 30);
  writeTitleFile(directory, titleBytes([page(1, 100), page(2, 100)]), { id: 1 });
  writeTitleFile(directory, titleBytes([gone(2)]), { id: 3 });
  writeTitleFile(directory, bad, { id: 5 });
  const { report, pages } = await imported(directory);
  assert.deepEqual(pages, { 1: '<p>page 1 of 100' });
  assert.deepEqual(report, { read: 5, imported: 1, superseded: 1, tombstones: 1, failed: 2, lost_bytes: 0 });
});

test('Several collections go each into one of its own name, or all into the one that was asked for', async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ['coll.main.0', 'coll.My Shop.1']) {
    writeTitleFile(join(directory, name), titleBytes([page(1, 100)]));
  }
  const named = async (isChosen: boolean): Promise<unknown> =>
    (await planImports({ directory }, 'all', isChosen)).map(({ collection, request }) => [
      collection,
      request.from,
    ]);
  assert.deepEqual(await named(false), [
    ['my-shop', 'My Shop'],
    ['main', 'main'],
  ]);
  assert.deepEqual(await named(true), [
    ['all', 'My Shop'],
    ['all', 'main'],
  ]);
  const one = await planImports({ directory, from: 'main' }, 'docs', false);
  assert.deepEqual(
    one.map(({ collection }) => collection),
    ['docs'],
  );
});

test('Names that are one to us stay two collections', async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ['coll.Main.0', 'coll.main.1', 'coll.ma in.2']) {
    writeTitleFile(join(directory, name), titleBytes([page(1, 100)]));
  }
  const planned = await planImports({ directory }, 'all', false);
  assert.deepEqual(
    planned.map(({ collection, request }) => [request.from, collection]),
    [
      ['Main', 'main-2'],
      ['ma in', 'ma-in'],
      ['main', 'main'],
    ],
  );
});

test('More imports than run at once wait, go on after a restart, and leave the queue where they are paused', async (t) => {
  const engine = await watchedEngine();
  const folders = Array.from({ length: 7 }, () => temporaryDirectory(t));
  for (const folder of folders) writeTitleFile(folder, titleBytes([page(folders.indexOf(folder), 100)]));
  engine.holds = true;
  const first = new Imports(engine);
  const jobs = folders.map((directory) => first.start('main', { directory }));
  await until(() => engine.waiting.length === 4);
  assert.deepEqual(
    jobs.map((job) => job.report().state),
    [...Array<string>(4).fill('running'), ...Array<string>(3).fill('waiting')],
  );
  assert.equal(first.underWay().length, 7);
  assert.throws(() => first.start('main', { directory: folders[6]! }), { code: 'ALREADY_EXISTS' });
  assert.equal((await first.pause('main', jobs[6]!.id)).state, 'paused');
  const closing = first.close();
  engine.letGo();
  await closing;
  assert.equal(engine.stored.length, 4);

  const second = new Imports(engine);
  await second.resumeAll();
  const reports = async (): Promise<string[]> => (await second.reports('main')).map(({ state }) => state);
  while ((await reports()).some((state) => state !== 'done' && state !== 'paused'))
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual((await reports()).sort(), [...Array<string>(6).fill('done'), 'paused']);
  assert.equal(engine.stored.length, 6);
  await second.close();
});

test('A dry run tells of a collection that is still to be made, and makes none', async (t) => {
  const directory = temporaryDirectory(t);
  const long = titleRecord({ url: url(0).padEnd(3_000, '0'), content: 'x', docId: 9 });
  writeTitleFile(directory, titleBytes([page(1, 100), page(2, 100), long]));
  const engine = await watchedEngine();
  const imports = new Imports(engine);
  const report = await imports.wait(imports.start('absent', { directory, isDryRun: true, follow: true }));
  assert.deepEqual([report.state, report.collection, report.imported], ['done', 'absent', 2]);
  assert.deepEqual(report.reasons, { TOO_LARGE: 1 });
  assert.deepEqual(engine.collections(), ['main']);
  assert.equal((await imports.reports('main'))[0]?.id, report.id);
  assert.equal(engine.crawlRequests('main').length, 0);
});

test('Why records were left out or refused is counted, and all that failed is listed after a restart too', async (t) => {
  const directory = temporaryDirectory(t);
  const damaged = Buffer.from(page(2, 100).bytes);
  damaged.fill(0x55, 30, 60);
  const records = [
    page(1, 100),
    { docId: 2_000, bytes: damaged },
    titleRecord({ url: url(3), content: '{}', docId: 3_000, contentType: 18 }),
    titleRecord({ url: url(4), content: '', docId: 4_000 }),
  ];
  writeTitleFile(directory, titleBytes(records));
  const engine = await watchedEngine();
  const imports = new Imports(engine);
  const { reasons } = await imports.wait(imports.start('main', { directory }));
  assert.deepEqual(Object.values(reasons), [1, 1, 1]);
  assert.match(reasonsInWords(reasons), /1 damaged.*1 report of a crawl.*1 stored and not indexed/);
  assert.equal(
    reasonsInWords({ UNSUPPORTED_TYPE: 12, 'report of a crawl': 3, UNREADABLE: 1, 'said by itself': 1 }),
    '12 of a kind that is not read, 3 reports of a crawl, 1 unreadable, 1 said by itself',
  );
  const [later] = await new Imports(engine).reports('main');
  assert.deepEqual([later?.reasons, later?.failures.map(({ docId }) => docId)], [reasons, [2_000]]);
  const { failures } = await runTransferTask(engine, 'main', { task: 'list-failures', directory });
  // Bookmarks of before reasons were counted go on.
  const { reasons: _, ...before } = NO_COUNTS;
  assert.deepEqual(addCounts(before as ImportCounts, { read: 1, reasons }).reasons, reasons);
  assert.deepEqual(failures, later?.failures);
});
