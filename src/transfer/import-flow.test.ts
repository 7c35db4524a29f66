import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import {
  titleBytes,
  type TitleDocument,
  titleRecord,
  writeTitleFile,
} from '../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import {
  key,
  times,
  numbers,
  pages,
  watchedEngine,
  jobOf,
  run,
  folderOf,
  until,
  urlOf,
  urlsOf,
  page,
} from '../../testing/watched-import.ts';
import { PeregrineError } from '../base/index.ts';
import { decodeBookmark } from './import-bookmark.ts';
import { importId } from './import-job.ts';
import { Imports } from './imports.ts';
import { SettledPrefix } from './settled-prefix.ts';

/** Larger than what is read ahead, so that it takes a read of its own. */
const large = (n: number): TitleDocument => ({
  ...page(n),
  content: randomBytes(400_000).toString('base64'),
});

test('IL2 never more documents are in flight than were asked for', async (t) => {
  for (const atOnce of [1, 3, 100]) {
    const engine = await watchedEngine();
    engine.holds = true;
    const job = jobOf(engine, folderOf(t, 120), { atOnce });
    const running = job.run();
    for (let n = 0; n < 10; n++) {
      await until(() => engine.waiting.length === Math.min(atOnce, 120 - engine.stored.length));
      assert(job.report().inFlight <= atOnce);
      engine.release();
    }
    engine.letGo();
    await running;
    assert.equal(engine.most, atOnce);
  }
});

test('IL3 none or less than one in flight is refused, and more than a hundred', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 1);
  for (const atOnce of [0, -1, 101, 1.5]) {
    assert.throws(() => jobOf(engine, directory, { atOnce }), { code: 'BAD_ARGUMENT' });
  }
});

test('IL4 a pause begins nothing new, waits for what is in flight, and the import goes on from there', async (t) => {
  const engine = await watchedEngine();
  engine.holds = true;
  const directory = folderOf(t, 40);
  const job = jobOf(engine, directory, { atOnce: 4 });
  const running = job.run();
  await until(() => engine.waiting.length === 4);
  const paused = job.pause();
  assert.equal(job.report().state, 'draining');
  let isPaused = false;
  void paused.then(() => (isPaused = true));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isPaused, false, 'four are in flight');
  engine.release();
  await paused;
  await running;
  assert.deepEqual([job.report().state, job.report().inFlight, engine.stored.length], ['paused', 0, 4]);
  engine.letGo();
  await job.run();
  assert.deepEqual([job.report().state, job.report().imported], ['done', 40]);
  assert.equal(engine.stored.length, 40);
});

test('IL13 a full pipeline costs no record its place', async (t) => {
  const engine = await watchedEngine();
  engine.holds = true;
  const job = jobOf(engine, folderOf(t, 60), { atOnce: 2 });
  const running = job.run();
  while (engine.stored.length < 60) {
    await until(() => engine.waiting.length > 0 || engine.stored.length === 60);
    engine.release();
  }
  await running;
  assert.deepEqual(await engine.urls(), urlsOf(60));
});

test('IL18 a bookmark moves past the longest settled prefix only', () => {
  const prefix = new SettledPrefix(undefined);
  const [first, second, third] = [1, 2, 3].map((n) => prefix.begin(key(n)));
  third!({ read: 1, imported: 1 });
  second!(
    { read: 1, failed: 1 },
    { file: 'f', offset: 1, docId: 2, url: '', code: 'CORRUPT', message: 'Odd.' },
  );
  assert.equal(prefix.key, undefined);
  assert.equal(prefix.counts.read, 0);
  assert.deepEqual(prefix.takeFailures(), []);
  first!({ read: 1, imported: 1 });
  assert.deepEqual(prefix.key, key(3));
  assert.deepEqual([prefix.counts.read, prefix.counts.imported, prefix.counts.failed], [3, 2, 1]);
  assert.equal(prefix.takeFailures().length, 1);
  assert.equal(prefix.pending, 0);
});

test('IL18 the bookmark that is written never claims what is in flight', async (t) => {
  const engine = await watchedEngine();
  const directory = folderOf(t, 30);
  engine.holds = true;
  const job = jobOf(engine, directory, { atOnce: 10 });
  const running = job.run();
  await until(() => engine.waiting.length === 10);
  // All but the first are done; then the disk is full.
  const [first, ...others] = engine.waiting.splice(0);
  engine.errors.set(urlOf(1), [new PeregrineError('DISK_FULL', 'Full.')]);
  engine.holds = false;
  for (const go of others) go();
  await until(() => engine.stored.length >= 9);
  first!();
  await assert.rejects(running, { code: 'DISK_FULL' });
  const { key, counts } = decodeBookmark((await engine.note('main', `import/${importId(directory)}`))!);
  assert.deepEqual([key, counts.read], ['', 0]);
  const report = await run(engine, directory);
  assert.deepEqual(await engine.urls(), urlsOf(30));
  assert.deepEqual([report.read, report.imported + report.unchanged], [30, 30]);
});

test('IL20 a document counts as in flight from before it is sent', async (t) => {
  const engine = await watchedEngine();
  const seen: number[] = [];
  const job = jobOf(engine, folderOf(t, 6), { atOnce: 2 });
  engine.onArrival = () => seen.push(job.report().inFlight);
  await job.run();
  assert.equal(seen.length, 6);
  assert(seen.every((count) => count >= 1 && count <= 2));
});

test('IL22 what fails for now is tried again, and what fails for good is listed', async (t) => {
  const engine = await watchedEngine();
  engine.errors.set(urlOf(2), times('PARSE_TIMEOUT', 2));
  engine.errors.set(urlOf(3), times('QUEUE_FULL', 9));
  engine.errors.set(urlOf(4), times('UNSUPPORTED_TYPE', 1));
  const report = await run(engine, folderOf(t, 5));
  assert.deepEqual(await engine.urls(), [1, 2, 5].map(urlOf));
  assert.deepEqual([report.read, report.imported, report.failed], [5, 3, 2]);
  assert.deepEqual(report.failures.map(({ code }) => code).sort(), ['QUEUE_FULL', 'UNSUPPORTED_TYPE']);
});

test('IL23 documents are sent up to the limit without waiting for the first', async (t) => {
  const engine = await watchedEngine();
  engine.holds = true;
  const job = jobOf(engine, folderOf(t, 9), { atOnce: 8 });
  const running = job.run();
  await until(() => engine.waiting.length === 8);
  assert.equal(engine.stored.length, 0);
  engine.letGo();
  await running;
});

test('IL29 the end waits for every answer, and a refusal is counted as one', async (t) => {
  const engine = await watchedEngine();
  engine.holds = true;
  engine.errors.set(urlOf(3), [new PeregrineError('TOO_LARGE', 'Much.', {})]);
  const job = jobOf(engine, folderOf(t, 3));
  let isOver = false;
  const running = job.run().then(() => (isOver = true));
  await until(() => engine.waiting.length === 3);
  assert.equal(isOver, false);
  engine.letGo();
  await running;
  assert.deepEqual([job.report().imported, job.report().failed], [2, 1]);
});

test('IL30 other work goes on while a file is read', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, titleBytes(numbers(10).map((n) => titleRecord(large(n)))));
  const job = jobOf(await watchedEngine(), directory);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    // What lies beside the records is read before.
    if (job.report().state === 'running') turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await job.run();
  isOver = true;
  assert(turns >= 10, `${turns} turns`);
});

test('IL31 several imports run at once, each with its own count and bookmark', async (t) => {
  const engine = await watchedEngine();
  await engine.createCollection('second');
  const imports = new Imports(engine);
  const [one, two] = [folderOf(t, 12), temporaryDirectory(t)];
  writeTitleFile(two, pages(101, 102, 103));
  engine.holds = true;
  const jobs = [
    imports.start('main', { directory: one }),
    imports.start('main', { directory: two }),
    imports.start('second', { directory: one }),
  ];
  await until(() => jobs.every((job) => job.report().inFlight > 0));
  assert.throws(() => imports.start('main', { directory: one }), { code: 'ALREADY_EXISTS' });
  engine.letGo();
  const reports = await Promise.all(jobs.map((job) => imports.wait(job)));
  assert.deepEqual(
    reports.map(({ imported }) => imported),
    [12, 3, 12],
  );
  assert.equal((await imports.reports('main')).length, 2);
  assert.equal((await imports.reports('second')).length, 1);
});
