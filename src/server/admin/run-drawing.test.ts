import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { StoreStatus } from '../../storage/index.ts';
import { html } from '../html.ts';
import { runDrawing } from './run-drawing.ts';
import { segmentList } from './segment-list.ts';
import { toShardId } from '../../base/index.ts';

const drawn = (databases: object): string =>
  html`${runDrawing(databases as StoreStatus['databases'])}`.toString();

const EMPTY = { runs: 0, runSizes_bytes: [], parts: 0, disk_bytes: 0, records: 0 };

test('runs are drawn as large as they are, and a merge with what it reads, what it writes and how far it is', () => {
  const titles = { ...EMPTY, runs: 3, runSizes_bytes: [1_000, 3_000, 6_000], disk_bytes: 10_000 };
  const merge = { target: 1, sources: [0, 2] };
  const quiet = drawn({ titles, links: EMPTY });
  assert.match(quiet, /aria-label="titles: 10\.0 kB in 3 runs of 1\.0 kB, 3\.0 kB, 6\.0 kB"/);
  assert.doesNotMatch(quiet, /links|Merging|class="(?:source|target)"/);
  const merging = drawn({ titles: { ...titles, merge } });
  const kinds = [...merging.matchAll(/<rect\s+class="(\w+)"/g)].map(([, kind]) => kind);
  assert.deepEqual(kinds, ['source', 'target', 'source']);
  assert.match(merging, /Merging 2 runs of titles/);
  assert.match(merging, /<progress\s+max="10000"\s+value="3000"/);
  assert.match(merging, /3\.0 kB written, 7\.0 kB left/);
  assert.match(drawn({ titles: EMPTY }), /Nothing is in files yet/);
});

test('segments are listed one by one, the largest first, with what is wrong with each', () => {
  const common = {
    documents: 10,
    deleted: 0,
    isInMemory: false,
    shard: toShardId(0),
    state: 'sound',
  } as const;
  const body = segmentList([
    { ...common, segment: 7, name: 'a.segment', size_bytes: 10, deleted: 4, state: 'merging' },
    { ...common, segment: 8, name: 'b.segment', size_bytes: 20, state: 'damaged' },
    { ...common, segment: 9, name: 'live', size_bytes: 5, isInMemory: true },
  ]).toString();
  assert.match(body, /b\.segment.*a\.segment.*in memory/s);
  assert.match(body, /4 \(40 %\)/);
  assert.match(body, /badge bad">damaged.*badge neutral">merging.*badge good">sound/s);
  assert.match(segmentList([]).toString(), /when somebody searches, or with the next flush/);
});
