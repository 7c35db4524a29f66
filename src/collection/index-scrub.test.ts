import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { COLLECTION, FakeStore, randomDocument, seededRandom } from '../../testing/index-fixtures.ts';
import { silentLog } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { MaintainedStore } from '../storage/index.ts';
import { scrubIndexes } from './index-scrub.ts';

const PAGE_BYTES = 16_384;
const RATE = 10_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('pages of an index that nobody asks for are read all the same, slowly, and what rots is told', async () => {
  const disk = new MemoryDisk();
  const events: unknown[] = [];
  const log = {
    write: (_: string, event: string, facts?: Readonly<Record<string, unknown>>) =>
      events.push([event, facts?.['file'], facts?.['page']]),
  };
  const index = await FakeStore.open({ disk, log });
  const random = seededRandom(7);
  for (let number = 0; number < 1500; number++) {
    index.put(number, randomDocument(random, { words: 5 }));
    if (number === 1199) await index.flush();
  }
  await index.flush();
  const clock = new HastyClock();
  const stopping = new AbortController();
  const held = [{ store: {} as MaintainedStore, index: index.index }];
  const parts = { held: () => held, clock, log: silentLog, scrub_bytesPerSecond: RATE };
  const sizes = index.index.segments(COLLECTION).map(({ size_bytes }) => size_bytes);
  const path = `shard/${index.files[0]!.path}`;
  const file = await disk.open(path, 'write');
  const last = (await file.size()) / PAGE_BYTES - 2;
  await file.write(new Uint8Array(16).fill(1), last * PAGE_BYTES);
  await file.close();
  const scrubbing = scrubIndexes(parts, stopping.signal);
  while (clock.sleeps.filter((wait_ms) => wait_ms >= 60_000).length < 3) await turn();
  stopping.abort();
  await scrubbing;
  assert.deepEqual(events, [['index.page-damaged', path, last]], 'once, though there were two passes');
  const { damaged } = index.index.status(COLLECTION);
  assert.equal(damaged, 1);
  const paced_ms = clock.sleeps
    .filter((wait_ms) => wait_ms < 60_000)
    .reduce((sum, wait_ms) => sum + wait_ms, 0);
  assert.ok(paced_ms >= (2 * sizes[1]! * 1000) / RATE, `${paced_ms} ms for two passes over what is sound`);
  await index.index.close();
});
