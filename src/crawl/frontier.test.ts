import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toCollectionId } from '../base/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { NO_HISTORY } from './change-history.ts';
import { type DueEntry, type Ending, Frontier } from './frontier.ts';

const MAIN = toCollectionId(1);
const URL_A = 'http://a.example/';
const ATTEMPT = {
  outcome: 'indexed',
  at_ms: 2,
  took_ms: 1,
  status: 200,
  size_bytes: 1,
  ip: '',
  detail: '',
} as const;
const ENDING: Ending = {
  reply: {
    outcome: 'indexed',
    round: 1,
    at_ms: 2,
    status: 200,
    bodyHash: 1n,
    target: '',
    detail: '',
    etag: '',
    lastModified: '',
    history: NO_HISTORY,
  },
  attempt: ATTEMPT,
  attemptsBefore: 0,
  isFetch: true,
};

async function open(): Promise<{ frontier: Frontier; entry: DueEntry }> {
  const frontier = new Frontier(sortedShards());
  const { added } = await frontier.add(MAIN, 1, 1, [
    { url: URL_A, depth: 0, redirects: 0, isSitemap: false },
  ]);
  return { frontier, entry: added[0]! };
}

describe('A request that two processes had at once', () => {
  it('ends once and is counted once', async () => {
    const { frontier, entry } = await open();
    await frontier.finish(entry, 1, ENDING);
    await frontier.finish(entry, 1, ENDING);
    await frontier.drop(entry, 1);
    const { queued, fetched, outcomes } = await frontier.sum(MAIN);
    assert.deepEqual({ queued, fetched, outcomes }, { queued: 0, fetched: 1, outcomes: { indexed: 1 } });
  });

  it('is not put back into the queue by the slower one', async () => {
    const { frontier, entry } = await open();
    await frontier.finish(entry, 1, ENDING);
    await frontier.postpone(entry, 1_000, ATTEMPT, 0);
    const { entries } = await frontier.readDue(MAIN, entry.place.host, 'later', undefined, 10);
    assert.deepEqual(entries, []);
  });
});
