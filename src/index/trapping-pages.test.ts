import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { MemoryDisk } from '../disk/index.ts';
import { decodeHead, PAGE_BYTES, PAGE_WORDS, sealPage } from './segment-format.ts';

/** Behind the end of all memory of this test, which has little. */
const NOWHERE = 0x7f000000;
const LITTLE_BYTES = 2 ** 18;

test('what makes the kernels trap is damage of its page: the answer goes without the segment, and the log names both', async () => {
  const random = seededRandom(112);
  const disk = new MemoryDisk();
  const events: unknown[] = [];
  const log = {
    write: (_level: string, event: string, facts?: Readonly<Record<string, unknown>>) =>
      events.push([event, facts?.['file'], facts?.['page'], /trap/u.test(String(facts?.['message']))]),
  };
  const store = await FakeStore.open({ disk, log, memory_bytes: LITTLE_BYTES });
  for (let number = 0; number < 600; number++) {
    store.put(number, randomDocument(random, { words: 5 }));
    if (number === 499) await store.flush();
  }
  await store.flush();
  const path = `shard/${store.files[0]!.path}`;
  const leafPage = await forge(disk, path);
  await store.restart();
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const view = store.index.view(COLLECTION);
  const sound = new Set(Array.from({ length: 100 }, (_, i) => docIdOf(500 + i)));
  for (let i = 0; i < 2; i++) {
    const found = view.search({
      collection: COLLECTION,
      scored,
      required: [],
      excluded: [],
      weights: WEIGHTS,
      limit: 600,
      statistics: view.statistics(scored),
    });
    assert.ok(found.hits.length > 50);
    assert.ok(found.hits.every(({ docId }) => sound.has(docId)));
    assert.deepEqual([found.partial, found.countIsExact], [true, false]);
  }
  view.release();
  const trapped = events.filter((event) => (event as unknown[])[0] === 'index.page-damaged') as unknown[][];
  assert.ok(trapped.length > 0);
  for (const [, file, page, isTrap] of trapped) {
    assert.deepEqual([file, isTrap], [path, true]);
    assert.ok(Number(page) > leafPage);
  }
  await store.index.close();
});

test('what makes the kernels trap in a merge is damage of its segment, which is named: the others are merged all the same', async () => {
  const random = seededRandom(113);
  const disk = new MemoryDisk();
  const events: (readonly unknown[])[] = [];
  const log = {
    write: (_level: string, event: string, facts?: Readonly<Record<string, unknown>>) =>
      events.push([event, facts?.['file'], facts?.['reason']]),
  };
  const store = await FakeStore.open({ disk, log, memory_bytes: LITTLE_BYTES });
  for (let number = 0; number < 700; number++) {
    store.put(number, randomDocument(random, { words: 5 }));
    if (number === 499 || number === 599) await store.flush();
  }
  await store.flush();
  const path = `shard/${store.files[0]!.path}`;
  await forge(disk, path);
  await store.restart();
  assert.equal(await store.index.merge({ force: true }), 1);
  const { segments, damaged } = store.index.status(COLLECTION);
  assert.deepEqual([segments, damaged, events.length], [2, 1, 1]);
  const [event, file, reason] = events[0]!;
  assert.deepEqual([event, file], ['index.segment-damaged', path]);
  assert.match(String(reason), /^Page \d+ of the index segment .* the kernels trap on it/);
  assert.equal(await store.index.merge({ force: true }), 0);
  await store.index.close();
});

/** Lets every list of a segment begin behind the end of all memory, its checksums right; returns the page changed last. */
async function forge(disk: MemoryDisk, path: string): Promise<number> {
  const file = await disk.open(path, 'write');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  const words = new Int32Array(bytes.buffer);
  const { regions, leaves } = decodeHead(bytes.subarray(0, PAGE_BYTES), path);
  let last = 0;
  for (let leaf = 0; leaf < leaves; leaf++) {
    const first = words[at(regions.top + leaf * 4 + 2)]!;
    const records = words[at(regions.top + leaf * 4 + 3)]!;
    for (let record = first; record < first + records * 6; record += 6) {
      if (((words[at(record + 5)]! >> 28) & 3) >= 2) words[at(record + 3)] = NOWHERE;
    }
    last = Math.floor(first / PAGE_WORDS);
    sealPage(bytes.subarray(last * PAGE_BYTES, (last + 1) * PAGE_BYTES), last);
  }
  await file.write(bytes, 0);
  await file.close();
  return last;
}

/** Where a word of the payloads stands in the file. */
function at(word: number): number {
  return Math.floor(word / PAGE_WORDS) * (PAGE_BYTES / 4) + (word % PAGE_WORDS);
}
