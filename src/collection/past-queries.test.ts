import assert from 'node:assert/strict';
import { test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { Engine } from './engine-contract.ts';
import { openEngine } from './open-engine.ts';
import { LEAST_TIMES } from './past-queries.ts';

async function completions(engine: Engine, text: string, filter?: string): Promise<string[]> {
  const found = await engine.complete('main', { text, ...(filter !== undefined && { filter }) });
  return found.filter(({ kind }) => kind === 'query').map((one) => one.text);
}

async function ask(engine: Engine, query: string, filter?: string): Promise<void> {
  for (let i = 0; i < LEAST_TIMES; i++) {
    await engine.search('main', { query, spelling: 'off', ...(filter !== undefined && { filter }) });
  }
}

test('queries complete what is typed only where rules say so, only those asked often, until rules say no', async (t) => {
  const dataDirectory = temporaryDirectory(t);
  const first = await openEngine({ dataDirectory });
  await first.createCollection('main');
  await first.inject('main', {
    url: 'https://birds.example/1',
    content: '<title>Birds</title><p>How fast do falcons dive after pigeons?</p>',
  });
  await ask(first, 'fast falcons');
  assert.deepEqual(await completions(first, 'fal'), [], 'nothing is remembered by default');

  await first.setSearchRules('main', { remembersQueries: true });
  await ask(first, 'Fast  falcons');
  await first.search('main', { query: 'falcons dive' });
  await ask(first, 'falcon zeppelins xyz AND zeppelins');
  await ask(first, 'falcons pigeons', 'site:birds.example');
  assert.deepEqual(await completions(first, 'fal'), ['Fast falcons'], 'asked often, found, of no filter');
  assert.deepEqual(await completions(first, 'fal', 'site:birds.example'), []);
  await first.close();

  const second = await openEngine({ dataDirectory });
  await ask(second, 'falcons dive');
  assert.deepEqual(await completions(second, 'falcons'), ['falcons dive', 'Fast falcons']);
  await second.setSearchRules('main', {});
  await second.setSearchRules('main', { remembersQueries: true });
  assert.deepEqual(await completions(second, 'fal'), [], 'what was taken back is gone');
  assert.equal(await second.note('main', 'search-queries'), undefined);
  await second.close();
});
