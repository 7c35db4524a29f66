import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
} from '../../testing/index-fixtures.ts';
import { NaiveIndex } from '../../testing/naive-shard-index.ts';
import { PeregrineError, toCollectionId, toShardId } from '../base/index.ts';
import { type DiskFile, MemoryDisk, type OpenMode } from '../disk/index.ts';
import { openStore } from '../storage/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import { encodeIndexOperation, INDEX_STATE } from './index-operation-codec.ts';
import { createShardIndex } from './shard-index.ts';

const DIRECTORY = 'shard/derived-1';

/** Names of files in the index's directory that the manifest does not name. */
async function leftovers(store: FakeStore): Promise<string[]> {
  const named = new Set(store.files.map(({ path }) => path.replace('derived-1/', '')));
  return (await store.disk.list(DIRECTORY)).filter((name) => !named.has(name));
}

/** Refuses to write, at the n-th write of a file whose path has a certain end. */
class RefusingDisk extends MemoryDisk {
  ending = '';
  writesBefore = 0;

  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await super.open(path, mode);
    if (mode !== 'create' || this.ending === '' || !path.endsWith(this.ending)) return file;
    const write = file.write.bind(file);
    file.write = async (bytes, offset) => {
      if (this.writesBefore === 0) throw new PeregrineError('DISK_FULL', 'No room.', { file: path });
      this.writesBefore -= 1;
      await write(bytes, offset);
    };
    return file;
  }
}

function refuse(): void {
  throw new Error('not adopted');
}

describe('a flush or merge that fails', () => {
  test('leaves no file behind, whichever file it fails at', async () => {
    const random = seededRandom(101);
    const disk = new RefusingDisk();
    const store = await FakeStore.open({ disk });
    const naive = new NaiveIndex();
    const other = toCollectionId(9);
    for (let number = 0; number < 200; number++) {
      const document = randomDocument(random, { words: 40 });
      store.put(number, document);
      naive.put(docIdOf(number), document);
      if (number === 20) await store.flush();
    }
    store.put(1, randomDocument(random, { words: 40 }), other);
    store.delete(3);
    naive.delete(docIdOf(3));
    for (const [ending, writesBefore] of [
      ['.segment', 0],
      ['.segment', 1],
      ['.segment', 2],
      ['.live', 0],
    ] as const) {
      Object.assign(disk, { ending, writesBefore });
      await assert.rejects(store.flush(), { code: 'DISK_FULL' }, `${ending} after ${writesBefore}`);
      assert.deepEqual(await leftovers(store), [], `${ending} after ${writesBefore}`);
    }
    disk.ending = '';
    await store.flush();
    disk.ending = '.segment';
    disk.writesBefore = 1;
    await assert.rejects(store.index.merge({ force: true }), { code: 'DISK_FULL' });
    assert.deepEqual(await leftovers(store), []);
    disk.ending = '';
    assert.ok((await store.index.merge({ force: true })) > 0);
    await store.flush();
    await store.restart();
    assert.deepEqual(await leftovers(store), []);
    const view = store.index.view(COLLECTION);
    assert.equal(view.documentCount, 199);
    for (let i = 0; i < 10; i++) {
      const query = randomQuery(random, 40);
      const statistics = naive.statistics(query.scored);
      assert.deepEqual(
        view.search({ ...query, statistics }).hits,
        naive.search({ ...query, statistics }).hits,
      );
    }
    view.release();
    await store.index.close();
  });

  test('keeps what it offered until another edit stands, and takes it away then', async () => {
    const random = seededRandom(102);
    const store = await FakeStore.open({ disk: new MemoryDisk() });
    for (let number = 0; number < 30; number++) store.put(number, randomDocument(random, { words: 20 }));
    await store.flush();
    store.put(31, randomDocument(random, { words: 20 }));
    store.delete(4);
    for (let i = 0; i < 2; i++) await assert.rejects(store.flush(refuse), /not adopted/);
    assert.equal((await leftovers(store)).length, 4);
    await store.flush();
    assert.deepEqual(await leftovers(store), []);
    assert.equal(store.files.length, 3);
    await store.index.close();
  });

  test('is said again with the next flush where the manifest refused a merge', async () => {
    const random = seededRandom(103);
    const store = await FakeStore.open({ disk: new MemoryDisk() });
    for (let number = 0; number < 40; number++) {
      store.put(number, randomDocument(random, { words: 20 }));
      if (number % 10 === 9) await store.flush();
    }
    store.refusals = 1;
    await assert.rejects(store.index.merge({ force: true }), /refused/);
    assert.equal(store.index.status(COLLECTION).segments, 1);
    // Nothing of either side may be missing while nobody knows what the manifest holds.
    assert.equal((await store.disk.list(DIRECTORY)).length, 5);
    store.delete(7);
    store.index.view(COLLECTION).release();
    await assert.rejects(store.flush(refuse), /not adopted/);
    await store.flush();
    assert.deepEqual(await leftovers(store), []);
    assert.equal(store.files.length, 2);
    await store.restart();
    const view = store.index.view(COLLECTION);
    assert.deepEqual([view.documentCount, view.has(docIdOf(7))], [39, false]);
    view.release();
    store.delete(8);
    assert.equal(await store.index.merge({ force: true }), 1);
    await store.index.close();
  });
});

test('a store whose disk was full takes documents again when there is room, and has lost none', async () => {
  const random = seededRandom(104);
  const disk = new MemoryDisk({ capacity_bytes: 6 << 20 });
  const index = createShardIndex({ disk });
  const store = await openStore({
    disk,
    directory: 'shard-000',
    shard: toShardId(0),
    derived: [index],
    logCap_bytes: 1 << 20,
    segment_bytes: 1 << 18,
    // The disk is to be full, not nearly full.
    reserve_bytes: 0,
  });
  let documents = 0;
  const add = async (collection = COLLECTION): Promise<void> => {
    const document = encodeAnalysedDocument(randomDocument(random, { words: 400, maxZoneTokens: 200 }));
    const docId = docIdOf(documents);
    const payload = encodeIndexOperation({ kind: 'put', collection, docId, document });
    await store.append({ records: [], derived: [{ state: INDEX_STATE, payload }] });
    documents += 1;
  };
  // Its segment is small and fits, and the next one does not.
  await add(toCollectionId(5));
  for (let i = 0; i < 100; i++) await add();
  const ballast = await disk.open('ballast', 'create');
  await ballast.allocate((await disk.free_bytes()) - 40_000);
  for (let i = 0; i < 6; i++) {
    await assert.rejects(store.flush(), { code: 'DISK_FULL' });
    assert.deepEqual(await disk.list('shard-000/derived-1'), []);
  }
  await ballast.close();
  await disk.remove('ballast');
  await store.flush();
  for (let i = 0; i < 20; i++) await add();
  await store.flush();
  const view = index.view(COLLECTION);
  for (let number = 1; number < documents; number++) assert.ok(view.has(docIdOf(number)));
  assert.equal(view.documentCount, 120);
  view.release();
  await store.close();
});
