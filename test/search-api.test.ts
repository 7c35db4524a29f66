/** What searches can be asked over HTTP, through the real engine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveSearch } from '../testing/served-search.ts';

const PAGES = {
  'https://birds.example/falcon': '<title>The falcon</title><p>A falcon hunts in the air.</p>',
  'https://birds.example/kestrel': '<title>The kestrel</title><p>A small falcon that hovers.</p>',
  'https://tales.example/falcon': '<title>The Maltese falcon</title><p>A tale of a statue.</p>',
};

test('a filter bounds what any query finds, and one that can not be kept is refused', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  const hits = async (filter: string): Promise<number> => {
    const reply = await ask(`/search?q=falcon+OR+x&format=json&filter=${encodeURIComponent(filter)}`);
    return reply.json<{ hits: number }>().hits;
  };
  assert.equal(await hits('site:birds.example'), 2);
  assert.equal(await hits('-site:birds.example'), 1);
  const refused = await ask('/search?q=falcon&format=json&filter=(falcon');
  assert.equal(refused.statusCode, 400);
  assert.match(refused.body, /can't be used/);
});
