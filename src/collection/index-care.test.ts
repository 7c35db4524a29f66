import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError, type Random, seededRandom } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { Engine } from './engine-contract.ts';
import type { CareProgress } from './index-care-contract.ts';
import { openEngine } from './open-engine.ts';

const VOCABULARY = Array.from({ length: 400 }, (_, i) => `w${((i * 7919 + 13) % 46_656).toString(36)}`);

function words(random: Random, most: number): string {
  const count = 1 + random.below(most);
  return Array.from({ length: count }, () => VOCABULARY[Math.floor(random.unit() ** 2 * 400)]).join(' ');
}

function page(random: Random): string {
  const paragraphs = Array.from({ length: 1 + random.below(3) }, () => `<p>${words(random, 25)}</p>`);
  return `<title>${words(random, 4)}</title><h1>${words(random, 3)}</h1>${paragraphs.join('')}`;
}

const urlOf = (number: number): string => `https://site${number % 7}.example/${number}`;

async function open(test: TestContext, disk: MemoryDisk, shards = 2): Promise<Engine> {
  const engine = await openEngine({ dataDirectory: temporaryDirectory(test), disk, shards });
  test.after(() => engine.close());
  if (!engine.collections().includes('main')) await engine.createCollection('main');
  return engine;
}

/** A life that leaves segments in files and in memory, with replaced and removed documents among them. */
async function live(engine: Engine, random: Random, documents: number): Promise<void> {
  const inject = (number: number): Promise<unknown> =>
    engine.inject('main', { url: urlOf(number), content: page(random), contentType: 'text/html' });
  for (let from = 0; from < documents; from += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, i) => inject(from + i)));
    if (from === 64) await engine.flush();
  }
  for (let i = 0; i < documents / 8; i++) await inject(random.below(documents));
  for (let i = 0; i < documents / 16; i++)
    await engine.remove('main', { url: urlOf(random.below(documents)) });
  await engine.inject('main', {
    url: 'https://blank.example/',
    content: '<meta name=robots content=noindex><p>hidden</p>',
    contentType: 'text/html',
  });
  await engine.flush();
}

/** Answers to so many queries: ids and scores, in order. */
async function answers(engine: Engine, queries: number): Promise<unknown[]> {
  const random = seededRandom(77);
  const found: unknown[] = [];
  for (let i = 0; i < queries; i++) {
    const plain = words(random, 3);
    const query = i % 4 === 0 ? `"${plain}"` : i % 4 === 1 ? `${plain} site:site${i % 7}.example` : plain;
    const { results, matches } = await engine.search('main', { query, count: 10, perSite: 0 });
    found.push([query, matches, results.map(({ docId, score }) => [docId, score])]);
  }
  return found;
}

async function damageSegments(disk: MemoryDisk): Promise<number> {
  let damaged = 0;
  for (const directory of ['shard-000/derived-1', 'shard-001/derived-1']) {
    for (const name of await disk.list(directory)) {
      if (!name.endsWith('.segment')) continue;
      const file = await disk.open(`${directory}/${name}`, 'write');
      // In the first page, behind the head: columns of documents.
      await file.write(Uint8Array.of(1, 2, 3, 4), 1000);
      await file.close();
      damaged += 1;
    }
  }
  return damaged;
}

describe('the index of a collection', () => {
  test('rebuilt from what is stored answers 1,000 queries as before, score for score', async (t) => {
    const engine = await open(t, new MemoryDisk());
    await live(engine, seededRandom(1), 96);
    const before = await answers(engine, 1000);
    const seen: CareProgress[] = [];
    const report = await engine.indexCare.rebuild('main', { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual([report.discarded, report.unreadable, report.wasResumed], [0, 0, false]);
    const { documents } = await engine.status();
    assert.equal(report.reindexed, documents);
    assert.ok(seen.some(({ stage, documentsDone }) => stage === 'reading' && documentsDone > 0));
    assert.deepEqual(engine.indexCare.progress(), []);
    const [last] = engine.indexCare.last('main');
    assert.ok(last !== undefined && last.endedAt_ms > 0 && last.error === undefined);
    assert.deepEqual(await answers(engine, 1000), before);
    const { isSound, sentence } = await engine.indexCare.verify('main');
    assert.ok(isSound, sentence);
    assert.match(sentence, /all is well/);
    await engine.inject('main', { url: urlOf(1), content: '<p>wzz comet</p>', contentType: 'text/html' });
    // Segments in memory are made for who searches.
    assert.ok(engine.indexCare.segments('main').every(({ isInMemory }) => !isInMemory));
    await engine.search('main', { query: 'wzz' });
    const listed = engine.indexCare.segments('main');
    assert.ok(listed.some(({ isInMemory }) => isInMemory) && listed.some(({ isInMemory }) => !isInMemory));
    assert.equal((await engine.status()).collections[0]?.segments, listed.length);
  });

  test('goes on with a rebuild where it was stopped', async (t) => {
    const disk = new MemoryDisk();
    const engine = await open(t, disk);
    await live(engine, seededRandom(2), 120);
    const before = await answers(engine, 100);
    const stop = new AbortController();
    const onProgress = ({ documentsDone }: CareProgress): void => {
      if (documentsDone >= 40) stop.abort();
    };
    await assert.rejects(engine.indexCare.rebuild('main', { onProgress, signal: stop.signal }), (error) =>
      isPeregrineError(error, 'CANCELLED'),
    );
    assert.deepEqual(await answers(engine, 100), before);
    assert.equal((await engine.status()).collections[0]?.isRebuildUnfinished, true);
    const told: CareProgress[] = [];
    const report = await engine.indexCare.rebuild('main', { onProgress: (event) => told.push(event) });
    assert.equal(report.wasResumed, true);
    const { documents, collections } = await engine.status();
    assert.equal(collections[0]?.isRebuildUnfinished, false);
    assert.ok(report.reindexed < documents && report.reindexed > 0);
    assert.match(report.sentence, /^Index of main: \d+ documents .* the rest before the rebuild was stopped/);
    const read = told.filter(({ stage }) => stage === 'reading').map(({ documentsDone }) => documentsDone);
    assert.ok((read[0] ?? 0) > 10, 'what was indexed before counts');
    assert.ok(Math.abs((read.at(-1) ?? 0) - documents) <= 2, 'both shards are counted together');
    assert.deepEqual(await answers(engine, 100), before);
    assert.equal((await engine.indexCare.rebuild('main')).wasResumed, false);
  });

  test('is found damaged, and repaired from what is stored', async (t) => {
    const disk = new MemoryDisk();
    let engine = await open(t, disk);
    await live(engine, seededRandom(3), 80);
    const before = await answers(engine, 100);
    await engine.close();
    const damaged = await damageSegments(disk);
    engine = await open(t, disk);
    // Documents that come and go while what they replace can't be read.
    await engine.inject('main', { url: urlOf(3), content: '<p>wzz comet</p>', contentType: 'text/html' });
    await engine.remove('main', { url: urlOf(4) });
    const found = await engine.indexCare.verify('main');
    assert.equal(found.isSound, false);
    const asStore = await engine.store({ task: 'verify', depth: 'deep' });
    assert.equal(asStore.isSound, false);
    assert.ok(
      asStore.sentences.some((line) => line.endsWith('peregrine rebuild --repair --collection main')),
    );
    const problems = found.shards.flatMap(({ segments }) =>
      segments.filter((one) => one.problems.length > 0),
    );
    assert.equal(problems.length, damaged);
    assert.equal((await engine.status()).collections[0]?.damagedSegments, damaged);
    const repaired = await engine.indexCare.repair('main');
    assert.equal(repaired.discarded, damaged);
    assert.ok(repaired.reindexed > 30, repaired.sentence);
    const after = await engine.indexCare.verify('main');
    assert.ok(after.isSound, after.sentence);
    assert.equal((await engine.status()).collections[0]?.damagedSegments, 0);
    assert.match((await engine.indexCare.repair('main')).sentence, /nothing to repair/);
    await engine.inject('main', { url: urlOf(3), content: page(seededRandom(9)), contentType: 'text/html' });
    const [whole, partial] = [await engine.search('main', { query: 'wzz' }), await answers(engine, 100)];
    assert.deepEqual([whole.partial, whole.results.length], [false, 0]);
    assert.equal(partial.length, before.length);
  });

  test('is told from what is stored, both ways, and how far the check is all the while', async (t) => {
    const engine = await open(t, new MemoryDisk(), 1);
    await live(engine, seededRandom(4), 40);
    const told: CareProgress[] = [];
    const { shards } = await engine.indexCare.verify('main', { onProgress: (event) => told.push(event) });
    for (const stage of ['verifying', 'comparing'] as const) {
      const done = told.filter((event) => event.stage === stage).map(({ documentsDone }) => documentsDone);
      assert.deepEqual(
        done,
        done.toSorted((a, b) => a - b),
        'it never goes back',
      );
      assert.ok((done.at(-1) ?? 0) >= (told[0]?.documents ?? Infinity), `${stage} ends with all`);
      assert.ok(new Set(done).size > 2, `${stage} is told on the way`);
    }
    const [shard] = shards;
    assert.equal(shard?.titles, (shard?.documents ?? 0) + 1);
    assert.equal(shard?.titlesWithoutText, 1);
    assert.ok(shard?.segments.every(({ own, documents }) => own === documents));
    assert.throws(
      () => engine.indexCare.last('nowhere'),
      (error) => isPeregrineError(error, 'NOT_FOUND'),
    );
    assert.deepEqual(
      engine.indexCare.last('main').map(({ work }) => work),
      ['verify'],
    );
    assert.equal(engine.indexCare.stop('main', 'verify'), false, 'it has ended');
    const again = engine.indexCare.verify('main');
    assert.equal(engine.indexCare.stop('main', 'verify'), true);
    await assert.rejects(again, (error) => isPeregrineError(error, 'CANCELLED'));
  });
});
