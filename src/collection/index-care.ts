/** Verification, repair and rebuild of indexes, beside searches and writes: all from title records, all through the log. */

import { type Clock, isPeregrineError, type LogSink, messageOf } from '../base/index.ts';
import type { CollectionRegistry } from './collection-registry.ts';
import type { CollectionName } from './engine-contract.ts';
import type {
  CareOptions,
  CareProgress,
  CareStage,
  FinishedIndexWork,
  IndexCare,
  IndexRebuild,
  IndexRepair,
  IndexVerification,
  IndexWork,
  IndexWorkResult,
  ShardIndexVerification,
  ShardSegment,
} from './index-care-contract.ts';
import {
  isSoundShard,
  rebuildSentence,
  repairSentence,
  verificationSentence,
} from './index-care-sentences.ts';
import { RebuildMark } from './rebuild-mark.ts';
import { type CaredShard, mend, type Mended, reindexAll, verifyShard } from './shard-care.ts';
import { slotsOf } from './shard-titles.ts';
import type { EngineShards } from './shards-layer.ts';

export interface IndexCareParts {
  readonly shards: EngineShards;
  readonly registry: CollectionRegistry;
  readonly log: LogSink;
  readonly clock: Clock;
}

interface WorkUnderWay {
  work: Promise<unknown>;
  readonly stopping: AbortController;
  progress: CareProgress | undefined;
}

export class LocalIndexCare implements IndexCare {
  readonly #parts: IndexCareParts;
  readonly #underWay = new Map<string, WorkUnderWay>();
  readonly #finished = new Map<CollectionName, Map<IndexWork, FinishedIndexWork>>();
  readonly #closing = new AbortController();

  constructor(parts: IndexCareParts) {
    this.#parts = parts;
  }

  verify(collection: CollectionName, options: CareOptions = {}): Promise<IndexVerification> {
    return this.#run('verify', collection, options, async (cared) => {
      const shards: ShardIndexVerification[] = [];
      for (const shard of cared) shards.push(await verifyShard(shard));
      const isSound = shards.every(isSoundShard);
      return { collection, shards, isSound, sentence: verificationSentence(collection, shards) };
    });
  }

  repair(collection: CollectionName, options: CareOptions = {}): Promise<IndexRepair> {
    return this.#run('repair', collection, options, async (cared) => {
      const mended: Mended = { reindexed: 0, removed: 0, unreadable: 0 };
      let discarded = 0;
      for (const shard of cared) discarded += await mend(shard, mended);
      return { collection, discarded, ...mended, sentence: repairSentence(collection, discarded, mended) };
    });
  }

  rebuild(collection: CollectionName, options: CareOptions = {}): Promise<IndexRebuild> {
    return this.#run('rebuild', collection, options, async (cared) => {
      const mended: Mended = { reindexed: 0, removed: 0, unreadable: 0 };
      let [discarded, wasResumed] = [0, false];
      for (const shard of cared) {
        const mark = await RebuildMark.open(shard.store, shard.slots, shard.collection);
        wasResumed ||= mark.wasThere;
        if (mark.isDone) continue;
        await reindexAll(shard, mark, mended);
        discarded += await mend(shard, mended);
        shard.tell('merging', 0);
        await shard.index.merge({ force: true });
        await mark.done();
      }
      // A rebuild that was asked for again after a kill passes over shards that were done.
      for (const { store, slots, collection: id } of cared) {
        await (await RebuildMark.open(store, slots, id)).remove();
      }
      const sentence = rebuildSentence(collection, discarded, mended, wasResumed);
      return { collection, discarded, ...mended, wasResumed, sentence };
    });
  }

  last(collection: CollectionName): readonly FinishedIndexWork[] {
    this.#parts.registry.resolve(collection);
    return [...(this.#finished.get(collection)?.values() ?? [])];
  }

  progress(): readonly CareProgress[] {
    return [...this.#underWay.values()].flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
  }

  segments(collection: CollectionName): readonly ShardSegment[] {
    const { shards, registry } = this.#parts;
    const { id } = registry.resolve(collection);
    return shards
      .held()
      .flatMap(({ store, index }) =>
        Array.from(index.segments(id), (segment): ShardSegment => ({ ...segment, shard: store.shard })),
      );
  }

  stop(collection: CollectionName, work: IndexWork): boolean {
    const known = this.#underWay.get(`${work} ${collection}`);
    known?.stopping.abort();
    return known !== undefined;
  }

  async unfinished(): Promise<ReadonlySet<CollectionName>> {
    const { shards, registry } = this.#parts;
    const names = new Map(registry.entries().map(({ id, name }) => [id, name]));
    const unfinished = new Set<CollectionName>();
    for (const { store } of shards.held()) {
      for (const id of await RebuildMark.collections(store, slotsOf(shards, store))) {
        const name = names.get(id);
        if (name !== undefined) unfinished.add(name);
      }
    }
    return unfinished;
  }

  /** Goes on with rebuilds that a kill or a stop cut short. Failures are logged. */
  async resumeAll(): Promise<void> {
    const { log } = this.#parts;
    for (const name of await this.unfinished()) {
      log.write('info', 'index.rebuild-resumed', { collection: name });
      this.rebuild(name).catch((error: unknown) => {
        if (isPeregrineError(error, 'CANCELLED')) return;
        log.write('error', 'index.rebuild-failed', { collection: name, message: messageOf(error) });
      });
    }
  }

  /** Stops what is under way; rebuilds go on with the next opening. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#underWay.values()].map(({ work }) => work));
  }

  #note(collection: CollectionName, finished: FinishedIndexWork): void {
    const own = this.#finished.get(collection) ?? new Map<IndexWork, FinishedIndexWork>();
    own.set(finished.work, finished);
    this.#finished.set(collection, own);
  }

  /** One piece of work of a kind and collection at a time: whoever asks for the same gets the same. */
  #run<Result extends IndexWorkResult>(
    work: IndexWork,
    collection: CollectionName,
    { onProgress, signal }: CareOptions,
    run: (shards: readonly CaredShard[]) => Promise<Result>,
  ): Promise<Result> {
    const key = `${work} ${collection}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known.work as Promise<Result>;
    const { shards, registry, log, clock } = this.#parts;
    const { id } = registry.resolve(collection);
    const stopping = new AbortController();
    const signals = [stopping.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    const stop = AbortSignal.any(signals);
    const entry: WorkUnderWay = { work: Promise.resolve(), stopping, progress: undefined };
    let documents = 0;
    const cared = shards.held().map(({ store, index }): CaredShard => {
      const before = documents;
      documents += index.status(id).documents;
      const tell = (stage: CareStage, done: number): void => {
        const documentsDone = before + done;
        entry.progress = { collection, work, stage, shard: store.shard, documentsDone, documents };
        onProgress?.(entry.progress);
      };
      return { store, index, slots: slotsOf(shards, store), collection: id, signal: stop, tell };
    });
    // Each takes out what it has set aside: the other's documents might not be elsewhere yet.
    const other = work === 'repair' ? 'rebuild' : 'repair';
    const before = work === 'verify' ? undefined : this.#underWay.get(`${other} ${collection}`)?.work;
    const running = Promise.resolve(before)
      .catch(() => undefined)
      .then(() => run(cared))
      .then(
        (result) => {
          log.write('info', `index.${work}-done`, { collection, sentence: result.sentence });
          this.#note(collection, { work, result, endedAt_ms: clock.now() });
          return result;
        },
        (error: unknown) => {
          log.write('warn', `index.${work}-stopped`, { collection, message: messageOf(error) });
          const wasCalledOff = isPeregrineError(error, 'CANCELLED');
          this.#note(collection, { work, error: messageOf(error), wasCalledOff, endedAt_ms: clock.now() });
          throw error;
        },
      );
    entry.work = running.finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, entry);
    return entry.work as Promise<Result>;
  }
}
