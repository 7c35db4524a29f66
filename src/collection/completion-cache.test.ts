import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toCollectionId } from '../base/index.ts';
import { type Completion, NO_RULES } from '../query/index.ts';
import { COMPLETION_AGE_MS, CompletionCache } from './completion-cache.ts';

const COLLECTION = toCollectionId(1);
const FOUND: readonly Completion[] = [{ text: 'falcon', kind: 'word' }];

test('completions are those of their view, and for a second those of any', () => {
  const cache = new CompletionCache();
  const put = { rules: NO_RULES, versions: '7', at_ms: 1_000, found: FOUND };
  cache.put(COLLECTION, { text: 'fal' }, put);
  const get = (now_ms: number, versions?: string, more: object = {}): readonly Completion[] | undefined =>
    cache.get(
      COLLECTION,
      { text: 'fal', ...more },
      { rules: NO_RULES, now_ms, ...(versions && { versions }) },
    );
  assert.equal(get(1_500), FOUND);
  assert.equal(get(1_500, '8'), FOUND);
  assert.equal(get(1_000 + COMPLETION_AGE_MS, '8'), undefined);
  assert.equal(get(1_000 + COMPLETION_AGE_MS), undefined);
  assert.equal(get(1_000 + COMPLETION_AGE_MS, '7'), FOUND);
  assert.equal(get(999, '7'), undefined);
  assert.equal(get(100_000, '7'), undefined);
});

test('who asks otherwise, or under other rules, gets what is his', () => {
  const cache = new CompletionCache();
  cache.put(COLLECTION, { text: 'fal' }, { rules: NO_RULES, versions: '7', at_ms: 0, found: FOUND });
  const state = { rules: NO_RULES, now_ms: 1, versions: '7' };
  for (const request of [
    { text: 'fa' },
    { text: 'fal', count: 3 },
    { text: 'fal', filter: 'site:a.example' },
  ]) {
    assert.equal(cache.get(COLLECTION, request, state), undefined);
  }
  assert.equal(cache.get(toCollectionId(2), { text: 'fal' }, state), undefined);
  assert.equal(cache.get(COLLECTION, { text: 'fal' }, { ...state, rules: { ...NO_RULES } }), undefined);
  assert.equal(cache.get(COLLECTION, { text: 'fal' }, state), FOUND);
});
