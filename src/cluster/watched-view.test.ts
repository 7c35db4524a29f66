import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocId } from '../base/index.ts';
import type { IndexQuery, IndexView } from '../index/index.ts';
import { WatchedView } from './watched-view.ts';

test('a stream that is left at its first batch ends the one behind it', () => {
  let isEnded = false;
  function* batches(): Generator<readonly DocId[]> {
    try {
      yield [];
      yield [];
    } finally {
      isEnded = true;
    }
  }
  const view = new WatchedView({ stream: batches } as unknown as IndexView, () => undefined);
  for (const batch of view.stream({} as IndexQuery)) {
    assert.deepEqual(batch, []);
    break;
  }
  assert(isEnded);
});
