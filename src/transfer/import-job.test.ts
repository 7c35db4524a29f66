import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { titleBytes, titleRecord, writeTitleFile } from '../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import {
  page,
  gone,
  twin,
  times,
  numbers,
  pages,
  watchedEngine,
  jobOf,
  run,
  folderOf,
  until,
  urlOf,
} from '../../testing/watched-import.ts';
import { PeregrineError } from '../base/index.ts';
import { openEngine } from '../collection/index.ts';
import { decodeBookmark } from './import-bookmark.ts';
import { importId, ImportJob } from './import-job.ts';
import { type ImportReport } from './import-report.ts';
import { Imports } from './imports.ts';

test('SF2 a first import begins at the first record', async (t) => {
  const engine = await watchedEngine();
  await run(engine, folderOf(t, 5), { atOnce: 1 });
  assert.deepEqual(engine.stored, numbers(5).map(urlOf));
});

test('SF3 a collection that does not exist is an error with a code', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 1);
  assert.throws(() => new Imports(engine).start('absent', { directory }), { code: 'NOT_FOUND' });
  await assert.rejects(new ImportJob(engine, 'absent', { directory }).run(), { code: 'NOT_FOUND' });
});

test('SF4 while the files are looked through the report says so', async (t) => {
  const job = jobOf(await watchedEngine(), folderOf(t, 3));
  const running = job.run();
  assert.equal(job.report().state, 'reading');
  await running;
  assert.equal(job.report().state, 'done');
});

test('SF15 without a bookmark an import begins anew; with one it goes on behind it', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 10);
  engine.errors.set(urlOf(6), [new PeregrineError('DISK_FULL', 'Full.')]);
  await assert.rejects(run(engine, directory, { atOnce: 1 }), { code: 'DISK_FULL' });
  assert.deepEqual(engine.stored, numbers(5).map(urlOf));
  const report = await run(engine, directory, { atOnce: 1 });
  assert.deepEqual(engine.stored, numbers(10).map(urlOf), 'nothing was stored twice');
  assert.deepEqual([report.read, report.imported, report.unchanged], [10, 10, 0]);
});

test('SF16 a bookmark of other files than there are now does not hold', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 10);
  engine.errors.set(urlOf(6), [new PeregrineError('DISK_FULL', 'Full.')]);
  await assert.rejects(run(engine, directory, { atOnce: 1 }), { code: 'DISK_FULL' });
  writeTitleFile(directory, titleBytes([titleRecord({ ...page(1, 'new'), spidered_s: 1_500_000_000 })]), {
    id: 3,
  });
  const report = await run(engine, directory, { atOnce: 1 });
  assert.equal(report.read, 11);
  assert.deepEqual([report.imported, report.unchanged, report.superseded], [6, 4, 1]);
});

test('SF17 an import that is done can be done again, and finds everything there', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 7);
  await run(engine, directory);
  const again = await run(engine, directory);
  assert.deepEqual([again.state, again.read, again.imported, again.unchanged], ['done', 7, 0, 7]);
  assert.equal(engine.stored.length, 7);
});

test('SF20 the place inside a file is kept, not its beginning', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 30);
  engine.errors.set(urlOf(25), [new PeregrineError('READ_ONLY', 'Broken.')]);
  await assert.rejects(run(engine, directory, { atOnce: 1 }));
  const { counts } = decodeBookmark((await engine.note('main', `import/${importId(directory)}`))!);
  assert.equal(counts.read, 24);
  const arrived: number[] = [];
  engine.onArrival = () => arrived.push(engine.stored.length);
  const report = await run(engine, directory, { atOnce: 1 });
  assert.equal(arrived.length, 6);
  assert.deepEqual([report.read, report.imported, report.unchanged], [30, 30, 0]);
});

test('SF21 failures and losses name their file and place', async (t) => {
  const directory = temporaryDirectory(t);
  const bad = Buffer.from(pages(2));
  bad.fill(0xee, 40, 60);
  const name = writeTitleFile(directory, Buffer.concat([pages(1), bad, pages(3).subarray(0, 50)]), { id: 5 });
  const { failures, losses } = await run(await watchedEngine(), directory);
  assert.deepEqual(
    failures.map(({ file, offset, docId, code }) => [file, offset, docId, code]),
    [[name, pages(1).length, 2_000, 'CORRUPT']],
  );
  assert.deepEqual(
    losses.map(({ file, offset, size_bytes }) => [file, offset, size_bytes]),
    [[name, pages(1).length + bad.length, 50]],
  );
});

test('SF23 a new import knows nothing of others: each folder has a bookmark of its own', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 10);
  engine.errors.set(urlOf(6), [new PeregrineError('DISK_FULL', 'Full.')]);
  await assert.rejects(run(engine, directory, { atOnce: 1 }), { code: 'DISK_FULL' });
  const other = temporaryDirectory(t);
  writeTitleFile(other, pages(11, 12, 13));
  assert.equal((await run(engine, other, { source: 'other' })).read, 3);
  const report = await run(engine, directory, { atOnce: 1 });
  assert.deepEqual([report.read, report.imported, report.unchanged], [10, 10, 0]);
});

test('IL1 a collection that goes away stops the import with an error, and nothing else', async (t) => {
  const engine = await watchedEngine();
  engine.holds = true;
  const job = jobOf(engine, folderOf(t, 20), { atOnce: 4 });
  const running = job.run();
  await until(() => engine.waiting.length === 4);
  await engine.deleteCollection('main');
  engine.letGo();
  await assert.rejects(running, { code: 'NOT_FOUND' });
  assert.equal(job.report().state, 'failed');
  assert.match(job.report().error, /no collection/);
  assert.equal(job.report().failed, 0, 'no document is to blame');
});

test('IL5 a folder without title files is said to be one', async (t) => {
  await assert.rejects(run(await watchedEngine(), temporaryDirectory(t)), { code: 'NOT_FOUND' });
});

test('IL8 what failed is listed with the place where its record begins', async (t) => {
  const engine = await watchedEngine();
  engine.errors.set(
    urlOf(2),
    numbers(5).map(() => new PeregrineError('PARSE_FAILED', 'Odd.', { url: urlOf(2) })),
  );
  const { failures } = await run(engine, folderOf(t, 3));
  assert.deepEqual(
    failures.map(({ offset, url, code }) => [offset, url, code]),
    [[pages(1).length, urlOf(2), 'PARSE_FAILED']],
  );
});

test('IL10 a deletion in the files deletes what an earlier import brought, and nothing of others', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 3);
  await run(engine, directory);
  await engine.inject('main', { url: urlOf(3), content: '<p>mine' });
  writeTitleFile(directory, titleBytes([gone(2), gone(3)]), { id: 3 });
  const report = await run(engine, directory);
  assert.deepEqual(await engine.urls(), [urlOf(1), urlOf(3)]);
  assert.deepEqual([report.read, report.tombstones, report.superseded], [5, 2, 2]);
});

test('IL16 a record that can’t be unpacked is listed, and the import goes on', async (t) => {
  const directory = temporaryDirectory(t);
  const bad = Buffer.from(pages(2));
  bad.fill(0xee, 40, 60);
  writeTitleFile(directory, Buffer.concat([pages(1), bad, pages(3)]));
  const report = await run(await watchedEngine(), directory);
  assert.deepEqual([report.state, report.read, report.imported, report.failed], ['done', 3, 2, 1]);
});

test('IL21 each document goes through the write path once, with its dates and all that was known', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  const known = { language: 10, spidered_s: 1_420_000_000, firstIndexed_s: 1_410_000_000, siteInlinks: 42 };
  writeTitleFile(
    directory,
    titleBytes([titleRecord({ ...page(1), ...known, hopCount: 3, contentHash32: 99 })]),
  );
  await run(engine, directory, { source: 'old cluster' });
  const { document } = (await engine.get('main', { url: urlOf(1) }))!;
  assert.equal(document.fetchedAt_ms, 1_420_000_000_000);
  assert.equal(document.depth, 3);
  assert.equal(Buffer.from(document.raw).toString(), page(1).content);
  const { 'import.hash': hash, ...meta } = document.meta;
  assert.match(hash!, /^[\da-f]{16}$/);
  assert.deepEqual(meta, {
    'import.source': 'old cluster',
    'import.id': '1000',
    'gigablast.docId': '1000',
    'gigablast.site': 'site.example.org',
    'gigablast.language': 'de',
    'gigablast.languageId': '10',
    'gigablast.contentHash32': '99',
    'gigablast.contentType': '1',
    'gigablast.charset': '106',
    'gigablast.firstIndexed': new Date(1_410_000_000_000).toISOString(),
    'gigablast.spidered': new Date(1_420_000_000_000).toISOString(),
    'gigablast.indexed': new Date(1_420_000_000_000).toISOString(),
    'gigablast.siteNumInlinks': '42',
    'gigablast.hopCount': '3',
    'gigablast.titleRecVersion': '121',
  });
  assert.equal(engine.stored.length, 1);
});

test('IL24 behind the last file the import is done', async (t) => {
  const directory = folderOf(t, 3);
  writeTitleFile(directory, pages(4), { id: 3 });
  const report = await run(await watchedEngine(), directory);
  assert.deepEqual([report.state, report.read, report.total], ['done', 4, 4]);
  assert(report.endedAt_ms > 0);
});

test('IL32 an import that was cut off goes on by itself when the engine opens again; a paused one waits', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 20);
  const first = new Imports(engine);
  engine.holds = true;
  first.start('main', { directory, atOnce: 5 });
  await until(() => engine.waiting.length === 5);
  const closing = first.close();
  engine.release();
  await closing;
  assert.equal(engine.stored.length, 5);
  engine.letGo();

  const second = new Imports(engine);
  await second.resumeAll();
  let report: ImportReport | undefined;
  while (report?.state !== 'done') {
    [report] = await second.reports('main');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await second.close();
  assert.equal(new Set(engine.stored).size, 20);
  assert.equal(report.directory, directory);

  const other = temporaryDirectory(t);
  writeTitleFile(other, pages(31, 32, 33));
  engine.holds = true;
  const third = new Imports(engine);
  const job = third.start('main', { directory: other, atOnce: 1 });
  await until(() => engine.waiting.length === 1);
  const pausing = third.pause('main', job.id);
  engine.letGo();
  await pausing;
  const fourth = new Imports(engine);
  await fourth.resumeAll();
  assert.deepEqual((await fourth.reports('main')).map(({ state }) => state).sort(), ['done', 'paused']);
});

test('a dry run counts everything and stores nothing', async (t) => {
  const engine = await watchedEngine();
  const report = await run(engine, folderOf(t, 8), { isDryRun: true });
  assert.deepEqual([report.read, report.imported, engine.stored.length], [8, 8, 0]);
  assert.equal((await engine.notes('main', '')).size, 0);
});

test('a dry run parses, and counts what parsing refuses', async (t) => {
  const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data') });
  t.after(() => engine.close());
  const directory = temporaryDirectory(t);
  const picture = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const documents = [page(1), { ...page(2), content: picture, contentType: 0 }, { ...page(3), content: '' }];
  writeTitleFile(directory, titleBytes(documents.map((each) => titleRecord(each))));
  const tried = new ImportJob(engine, 'main', { directory, isDryRun: true });
  await tried.run();
  assert.deepEqual(engine.collections(), [], 'it needs no collection');
  await engine.createCollection('main');
  const imported = new ImportJob(engine, 'main', { directory });
  await imported.run();
  const [dry, real] = [tried.report(), imported.report()];
  assert.deepEqual([dry.imported, dry.failed, dry.reasons], [real.imported, real.failed, real.reasons]);
  assert.deepEqual([dry.failed, dry.failures[0]?.code], [1, 'UNSUPPORTED_TYPE']);
});

test('a date in the future is taken as not known, counted, and gives way to a later import', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, titleBytes([twin(1, urlOf(1), 4_000_000_000)]));
  const report = await run(engine, directory);
  assert.equal(report.reasons['date of fetching in the future, taken as not known'], 1);
  assert.equal((await engine.get('main', { url: urlOf(1) }))!.document.fetchedAt_ms, 0);
  const later = temporaryDirectory(t);
  writeTitleFile(later, titleBytes([twin(2, urlOf(1), 1_500_000_000)]));
  await run(engine, later, { source: 'other' });
  assert.equal((await engine.get('main', { url: urlOf(1) }))!.document.title, 'copy 2');
});

test('metadata is kept whole up to its bound, and counted where it is cut', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  const records = [60_000, 70_000].map((length, i) =>
    titleRecord({ ...page(i + 1), metadata: JSON.stringify({ a: 'b'.repeat(length - 8) }) }),
  );
  writeTitleFile(directory, titleBytes(records));
  const report = await run(engine, directory);
  assert.deepEqual(report.reasons, { 'stored with metadata cut: longer than 65536 characters': 1 });
  const lengths = [1, 2].map(async (n) => {
    const found = await engine.get('main', { url: urlOf(n) });
    return found?.document.meta['gigablast.metadata']?.length;
  });
  assert.deepEqual(await Promise.all(lengths), [60_000, 65_536]);
});

test('of two URLs that are one to us the later fetched stays', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  writeTitleFile(
    directory,
    titleBytes([
      twin(1, 'http://site.example.org/a?utm_source=x', 1_500_000_000),
      twin(2, 'http://site.example.org/a', 1_400_000_000),
    ]),
  );
  const dry = await run(engine, directory, { isDryRun: true });
  const report = await run(engine, directory);
  assert.deepEqual([report.imported, report.superseded], [1, 1]);
  assert.deepEqual([dry.imported, dry.superseded], [1, 1]);
  const { document } = (await engine.get('main', { url: 'http://site.example.org/a' }))!;
  assert.equal(document.title, 'copy 1');
  assert.equal(document.meta['gigablast.url'], 'http://site.example.org/a?utm_source=x');
});

test('two URLs that are one to us and were fetched in one second are one document, the same however often they come', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  const urls = ['a?utm_source=x', 'a', '%61', 'b'].map((path) => `http://site.example.org/${path}`);
  writeTitleFile(directory, titleBytes(urls.map((url, n) => twin(n + 1, url, 1_500_000_000))));
  const dry = await run(engine, directory, { isDryRun: true });
  assert.deepEqual([dry.read, dry.imported, dry.superseded], [4, 2, 2]);
  const first = await run(engine, directory);
  assert.deepEqual([first.read, first.imported, first.superseded], [4, 2, 2]);
  assert.equal(engine.stored.length, 2);
  const again = await run(engine, directory, { restart: true });
  assert.deepEqual([again.imported, again.unchanged, again.superseded], [0, 2, 2]);
  assert.equal(engine.stored.length, 2, 'nothing is written again');
});

test('a later fetch that takes the place of another document of the same import is not counted twice', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  writeTitleFile(
    directory,
    titleBytes([
      twin(1, 'http://site.example.org/a?utm_source=x', 1_400_000_000),
      twin(2, 'http://site.example.org/a', 1_500_000_000),
    ]),
  );
  const dry = await run(engine, directory, { isDryRun: true });
  assert.deepEqual([dry.imported, dry.superseded], [1, 1]);
  const report = await run(engine, directory);
  assert.deepEqual([report.imported, report.superseded], [1, 1]);
  assert.equal((await engine.get('main', { url: 'http://site.example.org/a' }))!.document.title, 'copy 2');
});

test('what says that it is JSON and is none comes in as the text that it is', async (t) => {
  const engine = await watchedEngine();
  const directory = temporaryDirectory(t);
  const content = '{"title":"cut falcon';
  engine.errors.set(page(1).url, times('PARSE_FAILED', 3));
  writeTitleFile(directory, titleBytes([titleRecord({ ...page(1), content, contentType: 16 })]));
  const report = await run(engine, directory);
  assert.deepEqual([report.imported, report.failed], [1, 0]);
  assert.equal(
    (await engine.get('main', { url: page(1).url }))!.document.contentType,
    'text/plain; charset=utf-8',
  );
});

test('zeros in a page do not make it a file of bytes: they come in as spaces', async (t) => {
  const directory = temporaryDirectory(t);
  const content = '<p>Some\0falcons fly.';
  writeTitleFile(directory, titleBytes([titleRecord({ ...page(1), content })]));
  const engine = await watchedEngine();
  await run(engine, directory);
  const { raw } = (await engine.get('main', { url: page(1).url }))!.document;
  assert.equal(Buffer.from(raw).toString(), '<p>Some falcons fly.');
});

test('reports of a crawl that lie among the pages are left out', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, titleBytes([titleRecord(page(1)), titleRecord({ ...page(2), contentType: 18 })]));
  const report = await run(await watchedEngine(), directory);
  assert.deepEqual([report.read, report.imported, report.skipped], [2, 1, 1]);
});

test('outlinks are crawled only where that was asked for', async (t) => {
  const engine = await watchedEngine();
  await run(engine, folderOf(t, 2));
  assert.equal(engine.crawlRequests('main').length, 0);
});
