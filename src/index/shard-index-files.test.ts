import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
} from '../../testing/index-fixtures.ts';
import { compareAnswers, NaiveIndex } from '../../testing/naive-shard-index.ts';
import { isPeregrineError, toCollectionId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { encodeIndexOperation } from './index-operation-codec.ts';

test('a dropped collection is gone, from the view at once and from the disk with the next flush', async () => {
  const random = seededRandom(41);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 20; number++) store.put(number, randomDocument(random, { words: 20 }));
  await store.flush();
  const other = toCollectionId(8);
  store.put(1, randomDocument(random, { words: 20 }), other);
  // Dropped while its files are being written.
  await store.flush(() => store.append(encodeIndexOperation({ kind: 'drop', collection: other })));
  store.append(encodeIndexOperation({ kind: 'drop', collection: COLLECTION }));
  const view = store.index.view(COLLECTION);
  assert.equal(view.documentCount, 0);
  view.release();
  await store.flush();
  assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  assert.deepEqual(store.index.collections(), []);
  await store.index.close();
});

test('a flipped bit in any page is told with file and page, at opening or by a search, or changes nothing that is asked', async () => {
  const random = seededRandom(61);
  const disk = new MemoryDisk();
  let told: Readonly<Record<string, unknown>> | undefined;
  const log = {
    write: (_level: string, event: string, facts?: Readonly<Record<string, unknown>>) => {
      if (event === 'index.segment-damaged') told = facts;
    },
  };
  const store = await FakeStore.open({ disk, memory_bytes: 2 ** 17, log });
  const naive = new NaiveIndex();
  for (let number = 0; number < 400; number++) {
    const document = randomDocument(random, { words: 300 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
  }
  await store.flush();
  const queries = Array.from({ length: 12 }, () => randomQuery(random, 300));
  const { size_bytes, path } = store.files[0]!;
  let refused = 0;
  for (let round = 0; round < 40; round++) {
    const offset = random.below(size_bytes);
    const file = await disk.open(`shard/${path}`, 'write');
    const byte = new Uint8Array(1);
    await file.read(byte, offset);
    await file.write(Uint8Array.of(byte[0]! ^ (1 << random.below(8))), offset);
    told = undefined;
    await store.restart();
    const view = store.index.view(COLLECTION);
    try {
      if (store.index.status(COLLECTION).damaged === 0) {
        for (const query of queries) compareAnswers(view, naive, query);
      }
    } catch (error) {
      assert.ok(isPeregrineError(error, 'CORRUPT'), String(error));
      told = error.facts;
    } finally {
      view.release();
    }
    if (told !== undefined) {
      assert.equal(told['file'], `shard/${path}`);
      assert.equal(told['page'], Math.floor(offset / 16384));
      refused += 1;
    }
    await file.write(byte, offset);
    await file.close();
  }
  assert.ok(refused > 10, `${refused} of 40 flips were noticed`);
  await store.index.close();
});

test('a collection that is dropped while a flush is under way does not come back', async () => {
  const random = seededRandom(81);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 20; number++) store.put(number, randomDocument(random, { words: 20 }));
  await store.flush();
  for (let number = 0; number < 10; number++) store.delete(number);
  await store.flush(() => store.append(encodeIndexOperation({ kind: 'drop', collection: COLLECTION })));
  await store.flush();
  await store.restart();
  assert.equal(store.index.status(COLLECTION).documents, 0);
  assert.deepEqual(store.files, []);
  assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  await store.index.close();
});

test('what a killed flush left behind is removed, and its names can be used again', async () => {
  const random = seededRandom(91);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const naive = new NaiveIndex();
  for (let number = 0; number < 30; number++) {
    const document = randomDocument(random, { words: 20 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
  }
  for (let kill = 0; kill < 3; kill++) {
    await assert.rejects(
      store.flush(() => {
        throw new Error('killed');
      }),
    );
    await store.restart();
    assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  }
  await store.flush();
  store.delete(3);
  naive.delete(docIdOf(3));
  // A flush that fails and is tried again in the same life.
  await assert.rejects(
    store.flush(() => {
      throw new Error('not adopted');
    }),
  );
  await store.flush();
  await store.restart();
  const view = store.index.view(COLLECTION);
  assert.equal(view.documentCount, 29);
  for (let i = 0; i < 10; i++) compareAnswers(view, naive, randomQuery(random, 20));
  view.release();
  await store.index.close();
});

test('memory comes back: nothing is held after segments and views went', async () => {
  const random = seededRandom(95);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let round = 0; round < 12; round++) {
    for (let number = 0; number < 40; number++) store.put(number, randomDocument(random, { words: 20 }));
    const view = store.index.view(COLLECTION);
    if (round % 3 === 0) await store.flush();
    if (round % 4 === 0) await store.index.merge({ force: true });
    view.release();
  }
  await store.flush();
  await store.index.merge({ force: true });
  const status = store.index.status(COLLECTION);
  assert.deepEqual([status.documents, status.deleted, status.segments, status.memory_bytes], [40, 0, 1, 0]);
  await store.index.close();
});

test('a document deleted in the last moment of a merge stays deleted', async () => {
  const random = seededRandom(85);
  /** Runs something once, when the names of files are made durable. */
  class HookedDisk extends MemoryDisk {
    hook: (() => void) | undefined;
    override async syncDirectory(path: string): Promise<void> {
      await super.syncDirectory(path);
      const { hook } = this;
      this.hook = undefined;
      hook?.();
    }
  }
  const disk = new HookedDisk();
  const store = await FakeStore.open({ disk });
  for (let number = 0; number < 40; number++) {
    store.put(number, randomDocument(random, { words: 20 }));
    if (number === 20) await store.flush();
  }
  await store.flush();
  const deleteAndLook = (number: number): void => {
    store.delete(number);
    store.index.view(COLLECTION).release();
  };
  disk.hook = () => deleteAndLook(7);
  assert.equal(await store.index.merge({ force: true }), 1);
  for (const when of ['at once', 'after a flush and a kill']) {
    const view = store.index.view(COLLECTION);
    assert.equal(view.has(docIdOf(7)), false, when);
    assert.equal(view.documentCount, 39, when);
    view.release();
    await store.flush();
    await store.restart();
  }
  await store.index.close();
});
