/** The product's own index as it stands in a shard: behind a store with a log, through its contract. */

import {
  borrowZstdFrame,
  type CollectionId,
  type DocId,
  toCollectionId,
  toShardId,
  toSlot,
} from '../../src/base/index.ts';
import { type Disk, RealDisk } from '../../src/disk/index.ts';
import {
  ALL_GROUPS,
  type Clause,
  createShardIndex,
  encodeIndexOperation,
  borrowPutHead,
  INDEX_STATE,
  type IndexHits,
  type IndexQuery,
  type IndexView,
  type QueryThreads,
  type ScoredTerm,
  type ShardIndex,
} from '../../src/index/index.ts';
// Not by the door: what it opens besides is five megabytes of heap to mark, again and again, for who only indexes.
import { DEFAULT_WEIGHTS } from '../../src/query/ranking-weights.ts';
import { BatchWriter, KeyWriter, openStore, type Store } from '../../src/storage/index.ts';
import { slotOfDocId, hashOfDocId } from '../../src/base/index.ts';
import { hashOfWord, LineAnalyser } from './line-analyser.ts';
import { LineFeed } from './line-feed.ts';
import type { QueryMode } from './lucene-contestant.ts';
import type { QueryClass } from './query-classes.ts';

const COLLECTION: CollectionId = toCollectionId(1);
/** Documents share batches of about this size; so many are under way at once. */
const BATCH_BYTES = 128 * 1024;
const BATCHES_AT_ONCE = 4;
/** As often as the product looks whether segments are to be merged. */
const MERGE_EVERY_MS = 2_000;
/** Parts of a title record that are shorter stand in it as they are. */
const LEAST_COMPRESSED_BYTES = 2048;
/** Of a segment's file. */
const PAGE_BYTES = 16_384;
/** The first stage alone: what Lucene does, too. */
const WEIGHTS = { ...DEFAULT_WEIGHTS, rerankDepth: 0 };

export class PeregrineContestant {
  readonly #store: Store;
  readonly #index: ShardIndex;
  readonly #analyser = LineAnalyser.take();
  #view: IndexView | undefined;

  private constructor(store: Store, index: ShardIndex) {
    this.#store = store;
    this.#index = index;
  }

  static async open(
    directory: string,
    memory_mb: number,
    frames_mb: number,
    threads?: QueryThreads,
    disk: Disk = new RealDisk(directory),
  ): Promise<PeregrineContestant> {
    const index = createShardIndex({
      disk,
      memory_bytes: frames_mb * 2 ** 20,
      ...(threads !== undefined && { threads }),
    });
    const store = await openStore({
      disk,
      directory: 'shard',
      shard: toShardId(0),
      derived: [index],
      memory_bytes: memory_mb * 2 ** 20,
    });
    return new PeregrineContestant(store, index);
  }

  /** Stores, logs and indexes a corpus, segments merged as the product does; all of it is durable when this resolves. */
  async ingest(corpus: string, limit: number): Promise<number> {
    let nextLook_ms = performance.now() + MERGE_EVERY_MS;
    let merging: Promise<unknown> = Promise.resolve();
    let batch = new BatchWriter(BATCH_BYTES, BATCH_BYTES);
    let count = 0;
    const under: Promise<unknown>[] = [];
    const lines = new LineFeed(corpus, this.#analyser);
    while (count < limit && lines.next()) {
      const docId = this.#analyser.docIdOf(count);
      const document = this.#analyser.analyse(lines.from, lines.past, count);
      batch.derive(INDEX_STATE, borrowPutHead(COLLECTION, docId), document);
      batch.put('titles', titleKey(docId), stored(this.#analyser.bytes.subarray(lines.from, lines.past)));
      count += 1;
      if (batch.size_bytes < BATCH_BYTES) continue;
      under.push(this.#store.append(batch));
      batch = new BatchWriter(BATCH_BYTES, BATCH_BYTES);
      if (under.length >= BATCHES_AT_ONCE) await under.shift();
      if (performance.now() < nextLook_ms) continue;
      nextLook_ms += MERGE_EVERY_MS;
      merging = this.#index.merge();
    }
    lines.close();
    under.push(this.#store.append(batch));
    await Promise.all(under);
    await this.#store.flush();
    await merging;
    await this.#index.merge();
    return count;
  }

  #put(docId: DocId, line: Uint8Array, number: number): Promise<unknown> {
    const document = this.#analyser.analyseLine(line, number).slice();
    return this.#store.append({
      records: [{ database: 'titles', key: titleKey(docId), value: stored(line) }],
      derived: [
        {
          state: INDEX_STATE,
          payload: encodeIndexOperation({ kind: 'put', collection: COLLECTION, docId, document }),
        },
      ],
    });
  }

  /** Merges to one segment and deletes some documents; returns the bytes of the index before the deletions. */
  async settle(deletions: { first: number; every: number }): Promise<number> {
    await this.#store.flush();
    await this.#index.merge({ force: true });
    const { documents, disk_bytes } = this.#index.status(COLLECTION);
    await this.remove(deletions, documents);
    return disk_bytes;
  }

  /** Deletes some of the first `documents`; queries see it. */
  async remove(deletions: { first: number; every: number }, documents: number): Promise<void> {
    for (let i = deletions.first; i < documents; i += deletions.every) {
      await this.#store.append({
        records: [{ database: 'titles', key: titleKey(this.#analyser.docIdOf(i)), value: undefined }],
        derived: [
          {
            state: INDEX_STATE,
            payload: encodeIndexOperation({
              kind: 'delete',
              collection: COLLECTION,
              docId: this.#analyser.docIdOf(i),
            }),
          },
        ],
      });
    }
    this.#view?.release();
    this.#view = this.#index.view(COLLECTION);
  }

  /** Adds a document; resolves when it is acknowledged, with a look whether it is found. */
  async append(line: Uint8Array, number: number): Promise<() => boolean> {
    const docId = this.#analyser.docIdOf(number);
    await this.#put(docId, line, number);
    return () => {
      const view = this.#index.view(COLLECTION);
      const isFound = view.has(docId);
      view.release();
      return isFound;
    };
  }

  /** What the index keeps in memory beside the cached pages. */
  get resident_bytes(): number {
    return this.#index.status(COLLECTION).resident_bytes;
  }

  /** Of files and in memory. */
  get segments(): { readonly segments: number; readonly liveSegments: number } {
    return this.#index.status(COLLECTION);
  }

  /** As the product does now and then; returns the merges done. */
  mergeWhereDue(): Promise<number> {
    return this.#index.merge();
  }

  /** One query over everything that is acknowledged. */
  searchFresh(query: IndexQuery): void {
    const view = this.#index.view(COLLECTION);
    view.search({ ...query, statistics: view.statistics(query.scored) });
    view.release();
  }

  /** `rerankDepth`: of so many of the first stage's best the positions are looked at, which Lucene does of none. */
  prepare({ name, queries }: QueryClass, mode: QueryMode, rerankDepth = 0): readonly IndexQuery[] {
    const weights = rerankDepth === 0 ? WEIGHTS : { ...WEIGHTS, rerankDepth };
    const view = this.#open();
    return queries.map((words) => {
      const scored = words.map((word, place): ScoredTerm => ({
        stem: hashOfWord(word),
        surface: undefined,
        weight: 1,
        place,
      }));
      return {
        collection: COLLECTION,
        ...shapeOf(name, scored, mode),
        excluded: [],
        statistics: view.statistics(scored),
        weights,
        limit: mode === 'count' ? 0 : 10,
        exhaustive: mode === 'scored',
      };
    });
  }

  /** Thread time of a query of the class, mean over the class. */
  time_us(queries: readonly IndexQuery[], least_ms: number): number {
    const view = this.#open();
    const begin = process.threadCpuUsage();
    let spent_us = 0;
    let runs = 0;
    while (spent_us < least_ms * 1000) {
      // As in the product, and as Lucene does: statistics belong to the query.
      for (const query of queries) view.search({ ...query, statistics: view.statistics(query.scored) });
      runs += queries.length;
      const { user, system } = process.threadCpuUsage(begin);
      spent_us = user + system;
    }
    return spent_us / runs;
  }

  /** Queries on query threads, so many of them under way at once, for so long: how many a second, CPU time of each. */
  async rate(
    queries: readonly IndexQuery[],
    atOnce: number,
    least_ms: number,
  ): Promise<{ readonly per_s: number; readonly main_us: number; readonly threads_us: number }> {
    const view = this.#open();
    const main = process.threadCpuUsage();
    const all = process.cpuUsage();
    const begin_ms = performance.now();
    const end_ms = begin_ms + least_ms;
    let next = 0;
    const ask = async (): Promise<void> => {
      while (performance.now() < end_ms) {
        const query = queries[next++ % queries.length] as IndexQuery;
        await view.searchAside(query);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, ask));
    const spent = process.threadCpuUsage(main);
    const spentInAll = process.cpuUsage(all);
    const main_us = (spent.user + spent.system) / next;
    const threads_us = (spentInAll.user + spentInAll.system) / next - main_us;
    return { per_s: next / ((performance.now() - begin_ms) / 1000), main_us, threads_us };
  }

  /** One query by the clock, with the bytes that it read into the page cache. */
  sample(query: IndexQuery): { readonly us: number; readonly bytes: number } {
    const view = this.#open();
    const start_ms = performance.now();
    const { counters } = view.search({ ...query, statistics: view.statistics(query.scored) });
    return { us: (performance.now() - start_ms) * 1000, bytes: (counters['pagesRead'] ?? 0) * PAGE_BYTES };
  }

  answer(query: IndexQuery): IndexHits {
    return this.#open().search(query);
  }

  /** On query threads, shared out by segment where there are several. */
  answerAside(query: IndexQuery): Promise<IndexHits> {
    return this.#open().searchAside(query);
  }

  hits(queries: readonly IndexQuery[]): readonly number[] {
    const view = this.#open();
    return queries.map((query) => view.search(query).matches);
  }

  async close(): Promise<void> {
    this.#view?.release();
    this.#analyser.giveBack();
    await this.#store.close();
  }

  #open(): IndexView {
    return (this.#view ??= this.#index.view(COLLECTION));
  }
}

function shapeOf(
  name: string,
  scored: readonly ScoredTerm[],
  mode: QueryMode,
): Pick<IndexQuery, 'scored' | 'required'> {
  const terms = scored.map(({ stem }): Clause => ({ kind: 'term', hash: stem, groups: ALL_GROUPS }));
  const counted = mode === 'count' ? [] : scored;
  if (name.startsWith('PH')) {
    const hashes = scored.map(({ stem }) => stem);
    const phrase: Clause = { kind: 'phrase', hashes, offsets: hashes.map((_, i) => i), groups: ALL_GROUPS };
    return { scored: counted, required: [phrase] };
  }
  if (!name.startsWith('OR'))
    return { scored: counted, required: terms.length > 1 || mode === 'count' ? terms : [] };
  return { scored: counted, required: mode === 'count' ? [{ kind: 'any', clauses: terms }] : [] };
}

/** A text as a title record holds it, compressed before it comes into the log; good until the next. */
function stored(line: Uint8Array): Uint8Array {
  return line.length < LEAST_COMPRESSED_BYTES ? line : borrowZstdFrame(line);
}

const titleKeys = new KeyWriter('titles', toSlot(0), COLLECTION);

/** Good until the next. */
function titleKey(docId: DocId): Uint8Array {
  return titleKeys.again(slotOfDocId(docId), COLLECTION).u48(hashOfDocId(docId)).finish();
}
