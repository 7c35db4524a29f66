/**
 * Searches on query threads while documents change, segments merge, frames are few and threads are killed:
 * `node scripts/sweep-query-threads.ts [seeds] [first seed]`. Each answer is held against that of the main thread.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRealDisk } from '../src/disk/index.ts';
import type { IndexHits, IndexQuery, IndexView } from '../src/index/index.ts';
import { QueryThreads } from '../src/index/index.ts';
import {
  COLLECTION,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
} from '../testing/index-fixtures.ts';
import { randomFieldParts } from '../testing/random-field-query.ts';

const WORDS = 40;
const DOCUMENTS = 500;
const STEPS = 10;
const QUERIES = 24;

const seeds = Number(process.argv[2] ?? 200);
const first = Number(process.argv[3] ?? 1);
const whole = new QueryThreads({ count: 2, longPostings: 0 });
const inParts = new QueryThreads({ count: 3, longPostings: 0, splitPostings: 0 });
const totals = { seeds: 0, searches: 0, kills: 0 };
for (let seed = first; seed < first + seeds; seed++) await live(seed, seed % 2 === 0 ? whole : inParts);
await Promise.all([whole.close(), inParts.close()]);
console.log(`Seeds ${first} to ${first + seeds - 1}: query threads answered as the main thread does.`);
console.log(JSON.stringify(totals));

async function live(seed: number, threads: QueryThreads): Promise<void> {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-sweep-'));
  const memory_bytes = 2 ** 17 * (1 + random.below(3));
  const store = await FakeStore.open({ disk: await openRealDisk(directory), memory_bytes, threads });
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < 60; i++) {
      const number = random.below(DOCUMENTS);
      if (random.below(5) === 0) store.delete(number);
      else store.put(number, randomDocument(random, { words: WORDS, maxZones: 3, maxZoneTokens: 30 }));
    }
    const act = random.below(5);
    if (act === 0) await store.flush();
    else if (act === 1) await store.index.merge({ force: true });
    const view = store.index.view(COLLECTION);
    const queries = Array.from({ length: QUERIES }, () => anyQuery(view, random));
    const answers = queries.map((query) => view.searchAside(query));
    const merging = act === 2 ? store.index.merge({ force: true }) : undefined;
    const own = queries.map((query) => view.search(query));
    view.release();
    if (act === 3) {
      totals.kills += 1;
      await threads.kill(random.below(2));
    }
    await merging;
    for (const [i, answer] of (await Promise.all(answers)).entries()) {
      assert.deepEqual(found(answer), found(own[i]), `seed ${seed}, step ${step}, query ${i}`);
    }
    totals.searches += QUERIES;
  }
  await store.index.close();
  rmSync(directory, { recursive: true, force: true });
  totals.seeds += 1;
}

function anyQuery(view: IndexView, random: ReturnType<typeof seededRandom>): IndexQuery {
  const words = randomQuery(random, WORDS);
  const query = random.below(3) === 0 ? { ...words, ...randomFieldParts(random) } : words;
  return { ...query, statistics: view.statistics(query.scored) };
}

/** A search in parts may count otherwise, for it leaves out others. */
function found(answer: IndexHits | undefined): unknown {
  return { hits: answer?.hits, facets: answer?.facets, partial: answer?.partial };
}
