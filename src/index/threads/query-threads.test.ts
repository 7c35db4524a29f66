import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
  segmentOf,
  wordHash,
} from '../../../testing/index-fixtures.ts';
import { randomFieldParts } from '../../../testing/random-field-query.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { isPeregrineError, type Random } from '../../base/index.ts';
import { openRealDisk } from '../../disk/index.ts';
import type { IndexView } from '../index-contract.ts';
import { IndexMemory } from '../index-memory.ts';
import { ALL_GROUPS } from '../clause.ts';
import type { IndexHits, IndexQuery } from '../index-query.ts';
import { LiveBits } from '../live-bits.ts';
import { PinnedView, SegmentSet } from '../segment-set.ts';
import { Segment } from '../segment.ts';
import { QueryThreads } from './query-threads.ts';

const WORDS = 40;
/** Every search goes to a thread; every second one in parts. */
const whole = new QueryThreads({ count: 2, longPostings: 0 });
const inParts = new QueryThreads({ count: 2, longPostings: 0, splitPostings: 0 });
after(async () => Promise.all([whole.close(), inParts.close()]));

function anyQuery(random: Random, view: IndexView): IndexQuery {
  const words = randomQuery(random, WORDS);
  const query = random.below(3) === 0 ? { ...words, ...randomFieldParts(random) } : words;
  return { ...query, statistics: view.statistics(query.scored) };
}

function said(hits: IndexHits): unknown {
  return { ...hits, counters: undefined };
}

/** What a search in parts may say otherwise: how many it did not look at. */
function found({ hits, facets, partial }: IndexHits): unknown {
  return { hits, facets, partial };
}

describe('query threads', () => {
  for (const threads of [whole, inParts]) {
    test(`answer as the main thread does${threads === inParts ? ', in parts' : ''}, while frames are few and documents change`, async (t) => {
      const disk = await openRealDisk(temporaryDirectory(t));
      const store = await FakeStore.open({ disk, memory_bytes: 2 ** 18, threads });
      const random = seededRandom(threads === whole ? 1 : 2);
      for (let step = 0; step < 12; step++) {
        for (let i = 0; i < 60; i++) {
          if (random.below(5) === 0) store.delete(random.below(400));
          else
            store.put(
              random.below(400),
              randomDocument(random, { words: WORDS, maxZones: 3, maxZoneTokens: 30 }),
            );
        }
        if (step % 3 === 0) await store.flush();
        const view = store.index.view(COLLECTION);
        const queries = Array.from({ length: 24 }, () => anyQuery(random, view));
        const answers = queries.map((query) => view.searchAside(query));
        // The main thread searches and moves frames meanwhile.
        const expected = queries.map((query) => view.search(query));
        view.release();
        for (const [i, answer] of (await Promise.all(answers)).entries()) {
          const own = expected[i] as IndexHits;
          if (threads === whole) assert.deepEqual(said(answer), said(own));
          else assert.deepEqual(found(answer), found(own));
          if (answer.countIsExact && own.countIsExact) assert.equal(answer.matches, own.matches);
        }
      }
      assert.equal(threads.running, 2);
      await store.index.close();
    });
  }

  test('leave nothing behind when they die: view and pins are released, the search is made by another', async () => {
    const random = seededRandom(3);
    const memory = new IndexMemory(2 ** 18, 'wasm', { threads: whole });
    const documents = Array.from({ length: 300 }, (_, i) => ({
      docId: docIdOf(i),
      document: randomDocument(random, { words: WORDS }),
    }));
    const at = { id: 1, collection: COLLECTION };
    const open = (): { view: IndexView; end: () => void } => {
      const segment = Segment.inMemory(memory, at, segmentOf(documents));
      const live = LiveBits.all(memory.linear, 300);
      const set = new SegmentSet([{ segment, live }], 1);
      const view = new PinnedView(memory, COLLECTION, set);
      for (const held of [set, live, segment]) held.release();
      return { view, end: () => view.release() };
    };
    const first = open();
    const queries = Array.from({ length: 40 }, () => anyQuery(random, first.view));
    // Scratch of this thread grows to what the queries need.
    const expected = queries.map((query) => first.view.search(query));
    first.end();
    const before_bytes = memory.linear.allocated_bytes;
    const { view, end } = open();
    const answers = queries.map((query) => view.searchAside(query));
    end();
    await Promise.all([whole.kill(0), whole.kill(1)]);
    assert.deepEqual((await Promise.all(answers)).map(said), expected.map(said));
    await Promise.all([whole.kill(0), whole.kill(1)]);
    assert.equal(memory.linear.allocated_bytes, before_bytes);
    memory.lent?.leave();
  });

  test('stop at a deadline and when nobody wants the answer any more', async (t) => {
    const disk = await openRealDisk(temporaryDirectory(t));
    const store = await FakeStore.open({ disk, threads: whole });
    const random = seededRandom(4);
    for (let i = 0; i < 300; i++) store.put(i, randomDocument(random, { words: WORDS }));
    const view = store.index.view(COLLECTION);
    const scored = [1, 2].map((word, place) => ({
      stem: wordHash(word),
      surface: undefined,
      weight: 1,
      place,
    }));
    const required = scored.map(({ stem }) => ({ kind: 'term', hash: stem, groups: ALL_GROUPS }) as const);
    const plain = { ...randomQuery(random, WORDS), scored, required, excluded: [] };
    const query = { ...plain, statistics: view.statistics(scored) };
    assert.equal((await view.searchAside({ ...query, deadline_ms: 0 })).partial, true);
    const unwanted = new AbortController();
    const answer = view.searchAside(query, unwanted.signal);
    unwanted.abort();
    await assert.rejects(answer, (error) => isPeregrineError(error, 'CANCELLED'));
    assert.equal((await view.searchAside(query)).partial, false);
    view.release();
    await store.index.close();
  });

  test('say where a page is damaged, and leave its segment out', async (t) => {
    const directory = temporaryDirectory(t);
    const store = await FakeStore.open({ disk: await openRealDisk(directory), threads: whole });
    const random = seededRandom(5);
    for (let i = 0; i < 500; i++) store.put(i, randomDocument(random, { words: 4000, maxZoneTokens: 60 }));
    await store.flush();
    for (let i = 500; i < 600; i++) store.put(i, randomDocument(random, { words: WORDS }));
    const folder = join(directory, 'shard/derived-1');
    const name = readdirSync(folder).find((file) => file.endsWith('.seg')) ?? readdirSync(folder)[0] ?? '';
    const bytes = readFileSync(join(folder, name));
    for (let at = 20_000; at < bytes.length; at += 16_384) bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
    const view = store.index.view(COLLECTION);
    const statistics = {
      documentCount: 600,
      documentFrequencies: [9],
      surfaceFrequencies: [0],
      menuOnlyFrequencies: [],
      menuOnlySurfaceFrequencies: [],
      fieldLengthTotals: [],
    };
    for (let i = 0; i < 5; i++) {
      const query = { ...randomQuery(random, WORDS), statistics };
      if (query.scored.length !== 1) continue;
      const [aside, own] = [await view.searchAside(query), view.search(query)];
      assert.deepEqual([aside.partial, aside.hits], [own.partial, own.hits]);
      assert.equal(aside.partial, true);
    }
    view.release();
    await store.index.close();
  });
});
