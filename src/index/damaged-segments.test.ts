import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { type DocId, toCollectionId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { IndexHits } from './index-query.ts';
import { encodeIndexOperation } from './index-operation-codec.ts';

const OTHER = toCollectionId(9);
const PAGE_BYTES = 16_384;
const GARBAGE = new Uint8Array(16).fill(1);
/** More than one page of each column, so that some pages lie between those that opening reads. */
const MANY = 1000;

interface Damaged {
  readonly store: FakeStore;
  readonly disk: MemoryDisk;
  /** Level, name and file of each event. */
  readonly events: (readonly unknown[])[];
}

/** A store with one flushed segment of `documents` documents, and what its log says. */
async function openFlushed(documents: number): Promise<Damaged> {
  const disk = new MemoryDisk();
  const events: (readonly unknown[])[] = [];
  const log = {
    write: (level: string, event: string, facts?: Readonly<Record<string, unknown>>) =>
      events.push([level, event, facts?.['file']]),
  };
  const store = await FakeStore.open({ disk, log });
  putSome(store, 0, documents);
  await store.flush();
  return { store, disk, events };
}

function putSome(store: FakeStore, first: number, count: number): void {
  const random = seededRandom(first + 1);
  for (let number = first; number < first + count; number++) {
    store.put(number, randomDocument(random, { words: 5 }));
  }
}

/** Every page but the head's and the last, which opening reads. */
async function damagePages(disk: MemoryDisk, path: string): Promise<void> {
  const file = await disk.open(path, 'write');
  const size_bytes = await file.size();
  assert.ok(size_bytes > 2 * PAGE_BYTES, 'there are pages between');
  for (let offset = PAGE_BYTES; offset < size_bytes - PAGE_BYTES; offset += PAGE_BYTES) {
    await file.write(GARBAGE, offset);
  }
  await file.close();
}

async function readAll(disk: MemoryDisk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

const isSegment = (path: string): boolean => path.endsWith('.segment');

async function damageHead(disk: MemoryDisk, path: string): Promise<void> {
  const file = await disk.open(path, 'write');
  await file.write(GARBAGE, 4);
  await file.close();
}

function searchAll(store: FakeStore, collection = COLLECTION): IndexHits {
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const view = store.index.view(collection);
  const statistics = view.statistics(scored);
  const none = { required: [], excluded: [] };
  const found = view.search({ collection, scored, ...none, weights: WEIGHTS, limit: 2000, statistics });
  view.release();
  return found;
}

/** Every document that a view can tell of. */
function* streamAll(store: FakeStore, skipDamaged = false): Generator<readonly DocId[]> {
  const view = store.index.view(COLLECTION);
  const none = { scored: [], required: [], excluded: [], everything: true, limit: 1 };
  try {
    const query = { ...none, collection: COLLECTION, weights: WEIGHTS, statistics: view.statistics([]) };
    yield* view.stream(query, { skipDamaged });
  } finally {
    view.release();
  }
}

function has(store: FakeStore, docId: DocId): boolean {
  const view = store.index.view(COLLECTION);
  try {
    return view.has(docId);
  } finally {
    view.release();
  }
}

const pathEndingIn = (store: FakeStore, end: string): string =>
  `shard/${store.files.find(({ path }) => path.endsWith(end))!.path}`;

describe('a segment that is damaged at opening', () => {
  for (const [what, end, damage] of [
    ['a damaged head', '.segment', damageHead],
    ['no file', '.segment', (disk: MemoryDisk, path: string) => disk.remove(path)],
    ['damaged live bits', '.live', damageHead],
    ['no live bits', '.live', (disk: MemoryDisk, path: string) => disk.remove(path)],
  ] as const) {
    test(`with ${what} is left out, kept, and forgotten with its collection`, async () => {
      const { store, disk, events } = await openFlushed(20);
      store.delete(3);
      await store.flush();
      const path = pathEndingIn(store, end);
      const lost = store.files.map((file) => file.path);
      assert.equal(lost.length, 2);
      putSome(store, 20, 30);
      store.put(1, randomDocument(seededRandom(1), { words: 5 }), OTHER);
      await store.flush();
      await damage(disk, path);
      await store.restart();
      assert.deepEqual(events, [['error', 'index.segment-damaged', path]]);
      assert.deepEqual([store.index.status(COLLECTION).damaged, store.index.status(OTHER).damaged], [1, 0]);
      const found = searchAll(store);
      assert.deepEqual([found.partial, found.countIsExact], [true, false]);
      const second = new Set(Array.from({ length: 30 }, (_, i) => docIdOf(20 + i)));
      assert.ok(found.hits.length > 10);
      assert.ok(found.hits.every(({ docId }) => second.has(docId)));
      assert.equal(searchAll(store, OTHER).partial, false);
      assert.throws(() => [...streamAll(store)], /repair the index/);
      assert.equal(Array.from(streamAll(store, true)).flat().length, 30);
      // It lives on with what comes later, and its file stays; new live bits say that it may hold what is deleted.
      putSome(store, 50, 5);
      store.delete(2);
      await store.flush();
      assert.equal(await store.index.merge({ force: true }), 1);
      assert.equal(store.index.status(COLLECTION).documents, 35);
      const paths = (): string[] => store.files.map((file) => file.path);
      assert.ok(lost.filter(isSegment).every((one) => paths().includes(one)));
      assert.ok(lost.every((one) => isSegment(one) || !paths().includes(one)));
      await store.restart();
      assert.equal(store.index.status(COLLECTION).damaged, 1);
      store.append(encodeIndexOperation({ kind: 'drop', collection: COLLECTION }));
      assert.equal(store.index.status(COLLECTION).damaged, 0);
      await store.flush();
      assert.equal(paths().length, 1);
      assert.equal((await disk.list('shard/derived-1')).length, 1);
      await store.index.close();
    });
  }

  test('that is all of its collection gives a partial answer without hits', async () => {
    const { store, disk } = await openFlushed(20);
    await damageHead(disk, pathEndingIn(store, '.segment'));
    await store.restart();
    const { hits, partial, countIsExact, isDamaged } = searchAll(store);
    assert.deepEqual([hits.length, partial, countIsExact, isDamaged], [0, true, false, true]);
    await store.index.close();
  });
});

describe('a damaged page', () => {
  test('stops no operation: its segment, which may hold old versions, is left out', async () => {
    const { store, disk, events } = await openFlushed(MANY);
    const path = pathEndingIn(store, '.segment');
    await damagePages(disk, path);
    await store.restart();
    assert.equal(has(store, docIdOf(5)), false);
    putSome(store, 0, 30);
    store.delete(40);
    for (let i = 0; i < 2; i++) {
      const found = searchAll(store);
      const fresh = new Set(Array.from({ length: 30 }, (_, number) => docIdOf(number)));
      assert.ok(found.hits.length > 10);
      assert.ok(found.hits.every(({ docId }) => fresh.has(docId)));
      assert.deepEqual([found.partial, found.countIsExact], [true, false]);
      await store.flush();
    }
    assert.equal(has(store, docIdOf(5)), true);
    assert.equal(store.index.status(COLLECTION).damaged, 1);
    // What was deleted doesn't come back with the next opening, though nobody could find it in the segment.
    await store.restart();
    const after = searchAll(store);
    const fresh = new Set(Array.from({ length: 30 }, (_, number) => docIdOf(number)));
    assert.ok(after.hits.length > 10 && after.hits.every(({ docId }) => fresh.has(docId)));
    assert.deepEqual([after.partial, store.index.status(COLLECTION).damaged], [true, 1]);
    assert.ok(events.length > 0);
    for (const event of events) assert.deepEqual(event, ['error', 'index.page-damaged', path]);
    await store.index.close();
  });

  test('is reported, and its segment discarded once what it held is elsewhere', async () => {
    const { store, disk } = await openFlushed(MANY);
    await damagePages(disk, pathEndingIn(store, '.segment'));
    await store.restart();
    putSome(store, 0, 30);
    const before = await store.index.verify(COLLECTION);
    const bad = before.filter(({ problems }) => problems.length > 0);
    assert.deepEqual([before.length, bad.length], [2, 1]);
    store.index.setAside(
      COLLECTION,
      bad.map(({ segment }) => segment),
    );
    putSome(store, 0, MANY);
    await store.flush();
    await store.restart();
    assert.equal(await store.index.discardDamaged(COLLECTION), 1);
    const { hits, partial } = searchAll(store);
    assert.deepEqual([hits.length > 500, partial], [true, false]);
    for (const { problems } of await store.index.verify(COLLECTION)) assert.deepEqual(problems, []);
    assert.equal(await store.index.discardDamaged(COLLECTION), 0);
    await store.restart();
    assert.equal(store.index.status(COLLECTION).documents, MANY);
    await store.index.close();
  });

  test('is told by a check though it can be read again, and what a search meets meanwhile is not discarded', async () => {
    const { store, disk } = await openFlushed(MANY);
    const path = pathEndingIn(store, '.segment');
    putSome(store, MANY, 20);
    await store.flush();
    const bytes = await readAll(disk, path);
    await damagePages(disk, path);
    await store.restart();
    assert.equal(searchAll(store).partial, true);
    const file = await disk.open(path, 'write');
    await file.write(bytes, 0);
    await file.close();
    const [first] = await store.index.verify(COLLECTION);
    assert.match(first?.problems.join('; ') ?? '', /could not be read when it was searched/);
    assert.equal(await store.index.discardDamaged(COLLECTION), 0);
    assert.equal(store.index.status(COLLECTION).documents, MANY + 20);
    await store.restart();
    assert.deepEqual([searchAll(store).partial, store.index.status(COLLECTION).damaged], [false, 0]);
    await store.index.close();
  });

  test('makes merges leave its segment alone', async () => {
    const { store, disk, events } = await openFlushed(MANY);
    const path = pathEndingIn(store, '.segment');
    for (let i = 0; i < 2; i++) {
      putSome(store, MANY + i * 20, 20);
      await store.flush();
    }
    await damagePages(disk, path);
    await store.restart();
    assert.equal(await store.index.merge({ force: true }), 1);
    const { segments, damaged } = store.index.status(COLLECTION);
    assert.deepEqual([segments, damaged], [2, 1]);
    const said = events.length;
    for (let i = 0; i < 3; i++) assert.equal(await store.index.merge({ force: true }), 0);
    assert.equal(events.length, said);
    assert.equal((await disk.list('shard/derived-1')).length, 2);
    await store.index.close();
  });
});
