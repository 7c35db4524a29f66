/**
 * A store: a shard's record databases and derived states behind one log and one manifest. Batches are built one after
 * another, made durable together, applied in order. Memtables and derived states become files in one step with the
 * checkpoint, so that what a replay meets is exactly what no file holds.
 */

import { isPeregrineError, type Seq, type ShardId, toSeq } from '../base/index.ts';
import type { Batch } from './batch.ts';
import { decodeBatch } from './batch-codec.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { DatabaseName } from './databases.ts';
import { DerivedStates } from './derived-states.ts';
import { FileLog } from './file-log.ts';
import { asRecordKey, recordKey } from './key-order.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import { Manifest } from './manifest.ts';
import { mergeExecutorFor } from './merge-executor.ts';
import { DELETED, FOUND, FoundValue, ABSENT } from './found-value.ts';
import { readPoint } from './point-read.ts';
import { type DatabaseView, readBlocks, readRange, scanRange } from './range-read.ts';
import { timed } from './read-timing.ts';
import { ReadingStore } from './reading-store.ts';
import { ResidentReads } from './resident-reads.ts';
import { RetryingReads } from './retrying-reads.ts';
import type { PartPlace } from './run-writer.ts';
import type { ScrubStatus } from './scrubber.ts';
import type { HeldMoment } from './snapshot.ts';
import type {
  BatchBuild,
  BlocksResult,
  MaintainedStore,
  MergeOptions,
  RangeRequest,
  RangeResult,
  StoredRecord,
  StoreStatus,
} from './store-contract.ts';
import { closedStore, StoreFiles } from './store-files.ts';
import { LOG_DIRECTORY, PARTS_DIRECTORY } from './store-names.ts';
import { StoreCare } from './store-care.ts';
import { StoreFlush } from './store-flush.ts';
import { StoreMemory } from './store-memory.ts';
import { type MergesOptions, StoreMerges } from './store-merges.ts';
import { settingsOf, type StoreOptions, type StoreSettings } from './store-options.ts';
import type { RepairOptions, RepairReport } from './store-repair.ts';
import { cacheCounters, statusOf } from './store-status.ts';
import type { VerifyOptions } from './store-verify.ts';
import { StoreWrites, type WritesContext } from './store-writes.ts';
import type { StoreVerification } from './verify-report.ts';

/** `CORRUPT`, `UNSUPPORTED_VERSION`, `BAD_ARGUMENT` (another shard's directory), `IO`, `DISK_FULL`. */
export async function openStore(options: StoreOptions): Promise<MaintainedStore> {
  const store = await RecordStore.open(settingsOf(options));
  return options.readsOnly === true ? new ReadingStore(store) : store;
}

/** What a read found: looked at before the next one. */
const found = new FoundValue();

class RecordStore implements MaintainedStore {
  readonly shard: ShardId;
  readonly #settings: StoreSettings;
  readonly #manifest: Manifest;
  readonly #log: FileLog;
  readonly #files: StoreFiles;
  readonly #derived: DerivedStates;
  readonly #reads: RetryingReads;
  readonly #memory: StoreMemory;
  readonly #flushes: StoreFlush;
  readonly #merges: StoreMerges;
  readonly #care: StoreCare;
  readonly #writes: StoreWrites;
  readonly #residents = new Map<DatabaseName, ResidentReads>();
  #isClosing = false;

  private constructor(
    settings: StoreSettings,
    manifest: Manifest,
    log: FileLog,
    files: StoreFiles,
    derived: DerivedStates,
    reads: RetryingReads,
  ) {
    this.#reads = reads;
    this.shard = settings.shard;
    this.#settings = settings;
    this.#manifest = manifest;
    this.#log = log;
    this.#files = files;
    this.#derived = derived;
    this.#memory = new StoreMemory(derived, manifest.state.checkpointSeq);
    const place = this.#partPlace();
    const { disk, log: sink, mergePolicy: policy, mergeRate_bytes_per_s: rate_bytes_per_s } = settings;
    const executor = mergeExecutorFor(disk, sink, settings.mergeThread_bytes);
    const free_bytes = (): Promise<number> => disk.free_bytes();
    const repair: MergesOptions['repair'] = (name, part) => this.#care.repairPart(name, part);
    const merging = { policy, log: sink, clock: settings.clock, rate_bytes_per_s, repair };
    const merges = new StoreMerges({ ...place, manifest, files, executor, free_bytes }, merging);
    const memory = this.#memory;
    const onFlushed = (): void => {
      if (settings.mergesItself) merges.flushed();
    };
    this.#flushes = new StoreFlush({ settings, manifest, log, files, derived, memory, place, onFlushed });
    const readNewest: WritesContext['read'] = (name, key) => readPoint(this.#view(name), key);
    this.#writes = new StoreWrites({
      settings,
      manifest,
      log,
      memory,
      flushes: this.#flushes,
      read: readNewest,
    });
    this.#merges = merges;
    const { damage: logDamage } = log.recovery;
    this.#care = new StoreCare({ ...settings, manifest, files, memory, merges, reads, place, logDamage });
  }

  static async open(settings: StoreSettings): Promise<RecordStore> {
    const { disk, directory, shard, random, pageCache } = settings;
    for (const inside of [directory, `${directory}/${LOG_DIRECTORY}`, `${directory}/${PARTS_DIRECTORY}`]) {
      await makeDurableDirectory(disk, inside);
    }
    const manifest = await Manifest.open({ disk, directory, shard, random });
    const reads = new RetryingReads(settings);
    const files = new StoreFiles(disk, directory, manifest, pageCache, settings.log, reads, settings.handles);
    const derived = new DerivedStates(settings.derived, disk, manifest, files);
    try {
      const { storeId, epoch, checkpointSeq, isClean } = manifest.state;
      const log = await FileLog.open({
        disk,
        directory: `${directory}/${LOG_DIRECTORY}`,
        storeId,
        epoch,
        checkpointSeq,
        isClean,
        reads,
        clock: settings.clock,
        blocking: settings.blocking,
        segment_bytes: settings.segment_bytes,
        durability: settings.durability,
      });
      const states = settings.derived.map(({ number }) => number);
      // Where the log lacks what a file may hold, the manifest may lack that file's name: then nothing is thrown away.
      await files.clearOrphans(states, { keepsParts: log.recovery.damage.length > 0 });
      await derived.open();
      const store = new RecordStore(settings, manifest, log, files, derived, reads);
      await store.#replay();
      await store.#care.begin();
      return store;
    } catch (error) {
      await derived.close().catch(() => undefined);
      await files.close();
      await manifest.close();
      throw error;
    }
  }

  append(batch: Batch | BatchWriter): Promise<Seq> {
    return this.#writes.append(batch);
  }

  sequence(build: BatchBuild): Promise<Seq | null> {
    return this.#writes.sequence(build);
  }

  async get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#isClosing) throw closedStore();
    const wanted = recordKey(database, key);
    const outcome = this.#resident(database).look(wanted, found);
    if (outcome === FOUND) return found.copy();
    return outcome === ABSENT || outcome === DELETED ? undefined : readPoint(this.#view(database), wanted);
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown' {
    if (this.#isClosing) throw closedStore();
    const outcome = this.#resident(database).look(asRecordKey(database, key), found);
    if (outcome === FOUND) return found.view();
    return outcome === ABSENT || outcome === DELETED ? undefined : 'unknown';
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    return timed(this.#settings, request, () => readRange((name) => this.#openView(name), request));
  }

  async blocks(request: RangeRequest): Promise<BlocksResult> {
    return timed(this.#settings, request, () => readBlocks((name) => this.#openView(name), request));
  }

  scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    return scanRange((limited) => this.range(limited), request);
  }

  async flush(): Promise<void> {
    if (this.#isClosing) throw closedStore();
    await this.#flushes.run();
  }

  async merge(options: MergeOptions = {}): Promise<number> {
    if (this.#isClosing) throw closedStore();
    return this.#merges.run(options);
  }

  suspendMerges(): void {
    this.#merges.suspend();
  }

  resumeMerges(): void {
    this.#merges.resume();
  }

  async erase(): Promise<void> {
    await this.flush();
    await this.merge({ force: true });
    // The merge was adopted: what the checkpoint covers stands in files.
    await this.#log.discard?.(this.#manifest.state.checkpointSeq);
  }

  async verify(options: VerifyOptions = {}): Promise<StoreVerification> {
    if (this.#isClosing) throw closedStore();
    return this.#care.verify(options);
  }

  async repair(
    options: RepairOptions & Pick<VerifyOptions, 'onProgress' | 'signal'> = {},
  ): Promise<RepairReport> {
    if (this.#isClosing) throw closedStore();
    return this.#care.repair(options);
  }

  async paused<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosing) throw closedStore();
    return this.#writes.paused(work);
  }

  async holdMoment(): Promise<HeldMoment> {
    await this.#flushes.run();
    return this.#care.hold();
  }

  get scrub(): ScrubStatus {
    return this.#care.scrub;
  }

  status(): StoreStatus {
    const { pageCache } = this.#settings;
    return statusOf({
      manifest: this.#manifest.state,
      log: this.#log,
      derived: this.#derived,
      memtable_bytes: this.#memory.memory_bytes,
      readOnly: (this.#writes.defect ?? this.#log.failure ?? this.#flushes.shortage)?.message,
      scrub: this.scrub,
      counters: {
        batches: this.#writes.batches,
        ...this.#reads.counters,
        flushes: this.#flushes.done,
        merges: this.#merges.done,
        logSyncs: this.#log.syncs,
        ...cacheCounters(pageCache),
      },
    });
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#reads.close();
    await this.#writes.close();
    await this.#care.close();
    await this.#merges.stop();
    try {
      if (this.#settings.readsOnly) return;
      await this.#flushes.run();
      const isWritten = !this.#manifest.state.isClean && this.#writes.defect === undefined;
      if (isWritten) await this.#manifest.adopt([{ edit: 'clean', isClean: true }]);
    } catch (error) {
      // Whoever only read must not fail for it: the log keeps all of it for the next opening.
      if (!isPeregrineError(error, 'DISK_FULL')) throw error;
      await this.#log.makeDurable();
      const { shard, log } = this.#settings;
      log.write('warn', 'storage.closed-unflushed', { shard, message: error.message });
    } finally {
      await this.#flushes.close();
      await this.#log.close();
      await this.#derived.close();
      await this.#files.close();
      await this.#manifest.close();
    }
  }

  async #replay(): Promise<void> {
    const { recovery } = this.#log;
    for (const damage of recovery.damage)
      this.#settings.log.write('error', 'storage.log-damage', { ...damage });
    let batches = 0;
    for await (const { seq, payload } of this.#log.replay(toSeq(this.#memory.appliedSeq + 1))) {
      // Whatever is not a batch shows here, before it is applied.
      decodeBatch(payload);
      this.#memory.apply(seq, payload);
      batches += 1;
    }
    this.#memory.skipTo(this.#log.lastSeq);
    if (batches > 0) {
      this.#settings.log.write('info', 'storage.replayed', {
        shard: this.shard,
        batches,
        tornTail_bytes: recovery.tornTail_bytes,
      });
    }
  }

  #resident(database: DatabaseName): ResidentReads {
    let reads = this.#residents.get(database);
    if (reads === undefined) {
      const [memory, files, manifest] = [this.#memory, this.#files, this.#manifest];
      const { pageCache } = this.#settings;
      const { blocking } = this.#reads;
      reads = new ResidentReads(database, { memory, files, manifest, pageCache, blocking });
      this.#residents.set(database, reads);
    }
    return reads;
  }

  #openView(database: DatabaseName): DatabaseView {
    if (this.#isClosing) throw closedStore();
    return this.#view(database);
  }

  #view(database: DatabaseName): DatabaseView {
    return {
      database,
      memtables: this.#memory.memtables(database),
      runs: this.#files.runs(database),
      losses: this.#manifest.state.databases[database].losses,
    };
  }

  #partPlace(): PartPlace {
    return {
      disk: this.#settings.disk,
      part_bytes: this.#settings.part_bytes,
      nextPart: () => {
        const number = this.#manifest.takeFile();
        return { number, path: this.#files.partPath(number) };
      },
    };
  }
}
