/**
 * The life of an index from one seed, held against plain loops: documents come, are replaced and go; flushes, merges and
 * refusals of the manifest between; kills in the middle of all of it; queries of every class at every step. Then a byte
 * of one of its files is flipped: what it answers must be right or say that it is partial, and a check must tell.
 */

import assert from 'node:assert/strict';
import type { Random } from '../src/base/index.ts';
import { MemoryDisk } from '../src/disk/index.ts';
import type { IndexHits, IndexView, KernelKind } from '../src/index/index.ts';
import { ALL_GROUPS } from '../src/index/clause.ts';
import { groupOf } from '../src/index/group-search.ts';
import type { IndexQuery } from '../src/index/index-query.ts';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
  wordHash,
} from './index-fixtures.ts';
import { NaiveIndex } from './naive-shard-index.ts';
import { randomFieldParts } from './random-field-query.ts';

export interface IndexLifeReport {
  operations: number;
  flushes: number;
  merges: number;
  kills: number;
  queries: number;
  flips: number;
  /** Flips that an answer met, and said so. */
  partial: number;
}

type Question = Omit<IndexQuery, 'statistics'>;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const WORDS = 24;
const STEPS = 7;
/** Numbers of documents; few, so that they are replaced often. */
const DOCUMENTS = 40;

/** Throws where the index and the loops differ. */
export async function liveIndexOnce(seed: number): Promise<IndexLifeReport> {
  const life = await IndexLife.begin(seed);
  try {
    // Lists of many documents, which stand as bits where most have them.
    if (seed % 20 === 3) life.grow(seed % 100 === 3 ? 1200 : 300);
    await life.live();
    // Now and then a segment of many pages, most of which no opening reads.
    const isLarge = seed % 25 === 0;
    if (isLarge) life.grow(500);
    await life.flipBytes(isLarge ? 5 : 1);
  } finally {
    await life.end();
  }
  return life.report;
}

/**
 * Flips a bit of every byte, from `first` on each `step`-th, of every file of an index of some pages, one at a time: an
 * answer must be right or say that it is partial, a check must tell. The files' bytes are told in all.
 */
export async function damageIndexOnce(
  seed: number,
  first: number,
  step: number,
): Promise<IndexLifeReport & { readonly bytes: number }> {
  const life = await IndexLife.begin(seed);
  try {
    await life.live();
    life.grow(400);
    const bytes = await life.flipEvery(first, step);
    return { ...life.report, bytes };
  } finally {
    await life.end();
  }
}

class IndexLife {
  readonly report: IndexLifeReport = {
    operations: 0,
    flushes: 0,
    merges: 0,
    kills: 0,
    queries: 0,
    flips: 0,
    partial: 0,
  };
  readonly #random: Random;
  readonly #disk: MemoryDisk;
  readonly #store: FakeStore;
  readonly #naive = new NaiveIndex();
  /** Documents come that were never there, and few look at them: flushes write them to files as they are. */
  readonly #isBulk: boolean;
  #nextNew = DOCUMENTS;

  private constructor(random: Random, disk: MemoryDisk, store: FakeStore, isBulk: boolean) {
    this.#random = random;
    this.#disk = disk;
    this.#store = store;
    this.#isBulk = isBulk;
  }

  static async begin(seed: number): Promise<IndexLife> {
    const disk = new MemoryDisk();
    const isBulk = seed % 4 === 1;
    const kernels: KernelKind = seed % 8 === 0 ? 'typescript' : 'wasm';
    // In some lives documents are on their way into segments most of the time.
    const isHasty = seed % 3 === 0 || isBulk;
    const store = await FakeStore.open({
      disk,
      kernels,
      memory_bytes: 2 ** 17,
      ...(isHasty && { waiting_bytes: 2 ** 9 }),
    });
    return new IndexLife(seededRandom(seed), disk, store, isBulk);
  }

  async live(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.#change(this.#random.below(12));
      await this.#act();
      if (!this.#isBulk || this.#random.below(3) === 0) this.#look(2);
    }
  }

  /** More documents, of larger numbers. */
  grow(count: number): void {
    const first = this.#nextNew;
    this.#nextNew += count;
    for (let number = first; number < first + count; number++) {
      const document = randomDocument(this.#random, { words: WORDS * 20, maxZones: 2 });
      this.#store.put(number, document);
      this.#naive.put(docIdOf(number), document);
      this.report.operations += 1;
    }
  }

  end(): Promise<void> {
    return this.#store.index.close();
  }

  #change(count: number): void {
    const isNew = this.#isBulk && this.#random.below(3) > 0;
    for (let i = 0; i < count; i++) {
      const number = isNew ? this.#nextNew++ : this.#random.below(this.#nextNew);
      this.report.operations += 1;
      if (!isNew && this.#random.below(4) === 0) {
        this.#store.delete(number);
        this.#naive.delete(docIdOf(number));
      } else {
        const shape = { words: WORDS, maxZones: 3, maxZoneTokens: 8 };
        const document = randomDocument(this.#random, shape);
        this.#store.put(number, document);
        this.#naive.put(docIdOf(number), document);
      }
    }
  }

  async #act(): Promise<void> {
    const meanwhile = (): void => {
      this.#change(this.#random.below(4));
      if (this.#isBulk && this.#random.below(2) === 0) return;
      this.#seen((view) => assert.equal(view.documentCount, this.#naive.documents.size));
    };
    switch (this.#random.below(8)) {
      case 0:
        this.report.flushes += 1;
        return this.#store.flush(meanwhile);
      case 1: {
        // Changes while its files are written, too.
        this.report.flushes += 1;
        const flush = this.#store.flush(meanwhile);
        for (let turns = this.#random.below(12); turns > 0; turns--) await turn();
        meanwhile();
        return flush;
      }
      case 2:
        this.report.kills += 1;
        return this.#store.restart();
      case 3:
        this.report.merges += await this.#store.index.merge({ force: this.#random.below(2) === 0 });
        return undefined;
      case 4: {
        // Changes and a flush while segments are merged.
        const merge = this.#store.index.merge({ force: true });
        meanwhile();
        await this.#store.flush(meanwhile);
        this.report.flushes += 1;
        this.report.merges += await merge;
        return undefined;
      }
      case 5: {
        // A kill while they are.
        const merge = this.#store.index.merge({ force: true });
        await this.#store.restart();
        await merge;
        this.report.kills += 1;
        return undefined;
      }
      case 6:
        this.#store.refusals = 1;
        await this.#store.flush(meanwhile).catch(() => undefined);
        this.#store.refusals = 0;
        this.#look(1);
        // Merges wait until a flush comes through.
        if (this.#random.below(2) === 0) return this.#store.flush(meanwhile);
        this.report.kills += 1;
        return this.#store.restart();
      default:
        return undefined;
    }
  }

  /** Queries of several classes, pruned and exhaustive, against the loops. */
  #look(questions: number): void {
    // What waits is counted without being shown.
    assert.equal(this.#store.index.status(COLLECTION).documents, this.#naive.documents.size);
    this.#seen((view) => {
      assert.equal(view.documentCount, this.#naive.documents.size);
      for (let i = 0; i < questions; i++) this.#compare(view, this.#question());
      this.#compare(view, { ...this.#question(), everything: true, ...randomFieldParts(this.#random) });
      const number = this.#random.below(DOCUMENTS);
      assert.equal(view.has(docIdOf(number)), this.#naive.documents.has(docIdOf(number)));
    });
    assert.ok(this.#store.index.status(COLLECTION).liveSegments <= 12);
  }

  #compare(view: IndexView, question: Question): void {
    const query = { ...question, statistics: this.#naive.statistics(question.scored) };
    const expected = this.#naive.search(query);
    const found = view.search(query);
    assert.deepEqual(found.hits, expected.hits);
    assert.equal(found.partial, false);
    if (groupOf(query) !== undefined) {
      assert.deepEqual(scoresOf(view.search({ ...query, anyOfEqual: true })), scoresOf(expected));
    }
    const all = view.search({ ...query, exhaustive: true });
    assert.deepEqual(all.hits, expected.hits);
    assert.equal(all.matches, expected.matches);
    const statistics = view.statistics(question.scored);
    assert.deepEqual(statistics, query.statistics);
    this.report.queries += 1;
  }

  /** A query of one of the classes that people ask. */
  #question(): Question {
    const random = this.#random;
    const free = randomQuery(random, WORDS);
    const word = (): bigint => wordHash(Math.floor(random.unit() ** 2 * WORDS));
    const hashes = Array.from({ length: 1 + random.below(3) }, word);
    const scored = hashes.map((stem, place) => ({ stem, surface: undefined, weight: 1, place }));
    const terms = hashes.map((hash) => ({ kind: 'term', hash, groups: ALL_GROUPS }) as const);
    const plain = { ...free, scored, required: [], excluded: [] };
    switch (random.below(7)) {
      case 0:
        return plain;
      case 1:
        return { ...plain, required: terms };
      case 2: {
        const offsets = hashes.map((_, place) => place);
        return { ...plain, required: [{ kind: 'phrase', hashes, offsets, groups: ALL_GROUPS }] };
      }
      case 3:
        return { ...plain, scored: [], required: terms };
      case 4: {
        // In one group, which alone counts: as completions ask of titles.
        const { home: _, ...homeless } = plain;
        const group = random.below(3);
        const required = hashes.map((hash) => ({ kind: 'term', hash, groups: 1 << group }) as const);
        const fieldWeights = free.weights.fieldWeights.map((weight, other) => (other === group ? weight : 0));
        const weights = { ...free.weights, fieldWeights, rerankDepth: 0 };
        return { ...homeless, scored: random.below(4) === 0 ? [] : scored, required, weights };
      }
      default:
        return free;
    }
  }

  #seen(look: (view: IndexView) => void): void {
    const view = this.#store.index.view(COLLECTION);
    try {
      look(view);
    } finally {
      view.release();
    }
  }

  /** Each flip in a file of its own state, put right again after it. */
  async flipBytes(count: number): Promise<void> {
    await this.#store.flush();
    for (let i = 0; i < count; i++) {
      const { files } = this.#store;
      const chosen = files[this.#random.below(files.length)];
      if (chosen === undefined) return;
      const path = `shard/${chosen.path}`;
      await this.#lookWithout(path, this.#random.below(chosen.size_bytes));
      await this.#store.restart();
    }
  }

  /** Returns the bytes of all files. */
  async flipEvery(first: number, step: number): Promise<number> {
    await this.#store.flush();
    await this.#store.index.merge({ force: true });
    this.#store.delete(1);
    this.#naive.delete(docIdOf(1));
    await this.#store.flush();
    let bytes = 0;
    for (const { path, size_bytes } of this.#store.files) {
      bytes += size_bytes;
      for (let offset = first; offset < size_bytes; offset += step) {
        await this.#lookWithout(`shard/${path}`, offset);
      }
    }
    return bytes;
  }

  /** Looks at the index while a bit of one byte is flipped. */
  async #lookWithout(path: string, offset: number): Promise<void> {
    const flip = 1 << this.#random.below(8);
    await this.#flip(path, offset, flip);
    await this.#store.restart();
    await this.#lookAtDamage(`${path} at ${offset}`);
    await this.#flip(path, offset, flip);
    this.report.flips += 1;
  }

  async #flip(path: string, offset: number, bit: number): Promise<void> {
    const file = await this.#disk.open(path, 'write');
    const byte = new Uint8Array(1);
    await file.read(byte, offset);
    await file.write(Uint8Array.of((byte[0] ?? 0) ^ bit), offset);
    await file.close();
  }

  async #lookAtDamage(where: string): Promise<void> {
    const question = this.#question();
    // More than there are documents: where some are lost, none moves up that was not among the expected.
    const query = { ...question, limit: 5_000, statistics: this.#naive.statistics(question.scored) };
    const expected = this.#naive.search(query);
    this.#seen((view) => {
      let found: IndexHits | undefined;
      try {
        found = view.search(query);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'CORRUPT', where);
      }
      if (found === undefined || found.partial) this.report.partial += 1;
      else assert.deepEqual(found.hits, expected.hits, where);
      // What is given of a damaged index is still right.
      const known = new Map(expected.hits.map((hit) => [hit.docId, hit.features['text']]));
      for (const { docId, features } of found?.hits ?? []) {
        assert.ok(known.has(docId), where);
        if (query.weights.rerankDepth === 0) assert.equal(features['text'], known.get(docId), where);
      }
    });
    const reports = await this.#store.index.verify(COLLECTION);
    assert.ok(
      reports.some(({ problems }) => problems.length > 0),
      `${where}: a check finds nothing`,
    );
  }
}

function scoresOf({ hits }: Pick<IndexHits, 'hits'>): number[] {
  return hits.map(({ score }) => score);
}
