import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  filterHashOf,
  randomDocument,
  randomQuery,
  seededRandom,
} from '../../testing/index-fixtures.ts';
import { MemoryDisk } from '../disk/index.ts';

const DOCUMENTS = 50;
const ROUNDS = 24;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who counts while documents are replaced, flushed and merged sees each once: never none of it, never two', async () => {
  const random = seededRandom(501);
  const store = await FakeStore.open({ disk: new MemoryDisk(), waiting_bytes: 2 ** 13 });
  const hash = filterHashOf(1);
  const put = (number: number): void =>
    store.put(number, {
      ...randomDocument(random, { words: 40, maxZones: 2 }),
      filterHashes: BigUint64Array.from([hash]),
    });
  for (let number = 0; number < DOCUMENTS; number++) put(number);
  store.index.view(COLLECTION).release();
  const expected = Array.from({ length: DOCUMENTS }, (_, number) => docIdOf(number)).sort((a, b) => a - b);
  const query = {
    ...randomQuery(random, 1),
    scored: [],
    required: [{ kind: 'filter', hash } as const],
    excluded: [],
    limit: 2 * DOCUMENTS,
  };
  const work = { isOver: false };
  const write = async (): Promise<void> => {
    while (!work.isOver) {
      for (let i = random.below(12); i > 0; i--) put(random.below(DOCUMENTS));
      await turn();
    }
  };
  let looks = 0;
  const versions = new Set<number>();
  const read = async (isFresh: boolean): Promise<void> => {
    while (!work.isOver) {
      const view = store.index.view(COLLECTION, { isFresh });
      const question = { ...query, statistics: view.statistics([]) };
      const { hits } = view.search(question);
      assert.deepEqual(
        hits.map(({ docId }) => docId).sort((a, b) => a - b),
        expected,
      );
      assert.equal(view.search({ ...question, limit: 0 }).matches, DOCUMENTS);
      assert.equal(view.documentCount, DOCUMENTS);
      versions.add(view.version);
      view.release();
      looks += 1;
      await turn();
    }
  };
  const keep = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS && !work.isOver; round++) {
      await store.flush(turn);
      if (round % 3 === 2) await store.index.merge({ force: true });
      await turn();
    }
  };
  // Whoever ends, or fails, ends all.
  const ended = [keep(), write(), write(), read(true), read(false)].map((one) =>
    one.finally(() => {
      work.isOver = true;
    }),
  );
  await Promise.all(ended);
  assert.ok(looks > ROUNDS && versions.size > ROUNDS, 'views were taken between and amid the changes');
  await store.index.close();
});
