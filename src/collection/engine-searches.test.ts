import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { Engine } from './engine-contract.ts';
import { openEngine } from './open-engine.ts';

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
