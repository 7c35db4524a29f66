import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { Engine } from './engine-contract.ts';
import { openEngine } from './open-engine.ts';

/** Of a segment's file. */
const PAGE_BYTES = 16_384;

async function engineWithFalcon(t: TestContext): Promise<Engine> {
  const engine = await openEngine({ dataDirectory: temporaryDirectory(t) });
  t.after(() => engine.close());
  await engine.createCollection('birds');
  await engine.inject('birds', {
    url: 'https://birds.example/falcon',
    content: '<title>Falcon</title>Falcons dive.',
  });
  return engine;
}

const counted = async (engine: Engine): Promise<number> => (await engine.status()).search.count;

test('searches that were answered are counted and timed, found or not; what is typed and streams are not', async (t) => {
  const engine = await engineWithFalcon(t);
  assert.equal(await counted(engine), 0);
  await engine.search('birds', { query: 'falcon' });
  await engine.search('birds', { query: 'kestrel' });
  await engine.complete('birds', { text: 'fal' });
  for await (const _ of engine.stream('birds', { query: 'falcon' }));
  await engine.explain('birds', { query: 'falcon' });
  const { count, p50_ms, p99_ms } = (await engine.status()).search;
  assert.equal(count, 2);
  assert.ok(p50_ms <= p99_ms);
});

test('a search that was given up is told so, and is not counted', async (t) => {
  const engine = await engineWithFalcon(t);
  await assert.rejects(engine.search('birds', { query: 'falcon' }, AbortSignal.abort()), {
    code: 'CANCELLED',
  });
  assert.equal(await counted(engine), 0);
});

test('what found nothing is noted where the rules ask for it, and nowhere else', async (t) => {
  const engine = await engineWithFalcon(t);
  await engine.search('birds', { query: 'osprey' });
  await engine.setSearchRules('birds', { ...(await engine.searchRules('birds')), remembersMisses: true });
  await engine.search('birds', { query: 'kestrel' });
  await engine.search('birds', { query: 'falcon' });
  const { missed } = await engine.searchQuality('birds');
  assert.deepEqual(
    missed.map(({ query, times }) => [query, times]),
    [['kestrel', 1]],
  );
});

test('damage of the only segment leaves an answer without results that says so, never one that passes for whole', async (t) => {
  const [disk, dataDirectory] = [new MemoryDisk(), temporaryDirectory(t)];
  const birds = { dataDirectory, disk, shards: 1 };
  const before = await openEngine(birds);
  await before.createCollection('birds');
  for (let page = 0; page < 10; page++) {
    const rare = Array.from({ length: 2_000 }, (_, i) => `w${page}x${i}`).join(' ');
    const content = `<title>Falcon</title><p>Falcons dive.</p><p>${rare}</p>`;
    await before.inject('birds', { url: `https://birds.example/${page}`, content });
  }
  await before.close();
  const directory = 'shard-000/derived-1';
  const segments = (await disk.list(directory)).filter((name) => name.endsWith('.segment'));
  assert.equal(segments.length, 1);
  const file = await disk.open(`${directory}/${segments[0] ?? ''}`, 'write');
  // Every page but the first and the last ones, which opening reads.
  const size_bytes = await file.size();
  for (let at = PAGE_BYTES; at < size_bytes * 0.8; at += PAGE_BYTES) {
    await file.write(new Uint8Array(16).fill(1), at);
  }
  await file.close();
  const engine = await openEngine(birds);
  t.after(() => engine.close());
  for (const request of [
    { query: 'falcon' },
    { query: '"falcons dive" -kestrel' },
    { query: 'falcon', sort: 'newest' },
    { query: 'falcon', facets: ['type'] },
  ]) {
    const answer = await engine.search('birds', request);
    const { results, matches, countIsExact, partial, isDamaged, shardsMissing, facets } = answer;
    assert.deepEqual(
      { found: results.length, matches, countIsExact, partial, isDamaged, shardsMissing },
      { found: 0, matches: 0, countIsExact: false, partial: true, isDamaged: true, shardsMissing: 0 },
      request.query,
    );
    assert.ok((facets ?? []).every(({ isExact }) => !isExact));
  }
  await engine.complete('birds', { text: 'fal' });
  assert.equal((await engine.status()).collections[0]?.damagedSegments, 1);
  // Nobody is told that this is all there is, or why a page is not found, by an index that can't tell.
  const asked = { url: 'https://birds.example/3', query: 'falcon' };
  const told = await engine.whyNot('birds', asked);
  assert.equal(told.kind, 'index-damaged');
  assert.match(told.sentence, /stored, but part of the index is damaged and left out of searches/);
  assert.match(told.advice, /rebuild --repair/);
  const away = await engine.whyNot('birds', { ...asked, url: 'https://birds.example/nowhere' });
  assert.equal(away.kind, 'not-seen');
  await assert.rejects(Array.fromAsync(engine.stream('birds', { query: 'falcon' })), { code: 'CORRUPT' });
  // What comes later is found, beside what is missing.
  await engine.inject('birds', { url: 'https://birds.example/later', content: '<p>Another falcon.</p>' });
  const later = await engine.search('birds', { query: 'falcon' });
  assert.deepEqual([later.results.length, later.partial, later.isDamaged], [1, true, true]);
  // Of what can be read the reason is known, and of what can't be it is known again after a repair.
  const kindOf = async (page: string, query: string): Promise<string> =>
    (await engine.whyNot('birds', { url: `https://birds.example/${page}`, query })).kind;
  assert.equal(await kindOf('later', 'falcon'), 'found');
  assert.equal(await kindOf('later', 'kestrel'), 'words-missing');
  assert.equal(await kindOf('later', 'falcon -another'), 'excluded');
  assert.equal(await kindOf('3', 'kestrel'), 'index-damaged');
  await engine.indexCare.repair('birds');
  assert.equal(await kindOf('3', 'kestrel'), 'words-missing');
  assert.equal(await kindOf('3', 'falcon'), 'found');
});
