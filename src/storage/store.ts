/**
 * A store: a shard's record databases and derived states behind one log and one manifest. Batches are built one after
 * another, made durable together, applied in order. Memtables and derived states become files in one step with the
 * checkpoint, so that what a replay meets is exactly what no file holds.
 */

import { messageOf, PeregrineError, type Seq, Serial, type ShardId, toSeq } from '../base/index.ts';
import type { Batch } from './batch.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { DerivedStates } from './derived-states.ts';
import { FileLog } from './file-log.ts';
import { recordKey } from './key-order.ts';
import { Manifest } from './manifest.ts';
import { type ManifestEdit, runBytes } from './manifest-state.ts';
import { MemtableSet } from './memtable-set.ts';
import { PendingBatches } from './pending-batches.ts';
import { readPoint } from './point-read.ts';
import { type DatabaseView, readRange } from './range-read.ts';
import { RetryGate } from './retry-gate.ts';
import { type PartPlace, writeMemtables } from './run-writer.ts';
import type {
  RangeRequest,
  RangeResult,
  SequencedReads,
  Store,
  StoredRecord,
  StoreStatus,
} from './store-contract.ts';
import { closedStore, LOG_DIRECTORY, PARTS_DIRECTORY, StoreFiles } from './store-files.ts';
import { StoreMerges } from './store-merges.ts';
import { settingsOf, type StoreOptions, type StoreSettings } from './store-options.ts';

/** Payloads that may be on their way to the disk; beyond that writers wait. */
const MAX_IN_FLIGHT_BYTES: number = 32 * 1024 * 1024;

/** `CORRUPT`, `UNSUPPORTED_VERSION`, `BAD_ARGUMENT` (another shard's directory), `IO`, `DISK_FULL`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return RecordStore.open(settingsOf(options));
}

/** A batch on its way: `done` settles when it is durable and applied, or was taken back. */
interface Sequenced {
  readonly seq: Seq | null;
  readonly done: Promise<void>;
}

class RecordStore implements Store {
  readonly shard: ShardId;
  readonly #settings: StoreSettings;
  readonly #manifest: Manifest;
  readonly #log: FileLog;
  readonly #files: StoreFiles;
  readonly #derived: DerivedStates;
  readonly #builds = new Serial();
  readonly #flushes = new Serial();
  readonly #merges: StoreMerges;
  readonly #retries: RetryGate;
  readonly #pending = new PendingBatches();
  #active = new MemtableSet();
  /** Newest first. Read until the manifest names what a flush made of them. */
  #frozen: readonly MemtableSet[] = [];
  #appliedSeq: Seq;
  #lastSequenced: Promise<void> = Promise.resolve();
  /** Counts losses of batches in flight, so that a build notices that what it has read was taken back. */
  #failures = 0;
  /** A batch that was durable could not be applied: a defect; nothing more is written. */
  #defect: PeregrineError | undefined;
  #isBegun = false;
  #isClosing = false;
  readonly #counters = { batches: 0, records: 0, flushes: 0 };

  private constructor(
    settings: StoreSettings,
    manifest: Manifest,
    log: FileLog,
    files: StoreFiles,
    derived: DerivedStates,
  ) {
    this.shard = settings.shard;
    this.#settings = settings;
    this.#manifest = manifest;
    this.#log = log;
    this.#files = files;
    this.#derived = derived;
    this.#appliedSeq = manifest.state.checkpointSeq;
    this.#retries = new RetryGate(settings.clock);
    const context = { ...this.#partPlace(), manifest, files };
    this.#merges = new StoreMerges(context, settings.mergePolicy, settings.log);
  }

  static async open(settings: StoreSettings): Promise<RecordStore> {
    const { disk, directory, shard, random, pageCache } = settings;
    for (const inside of [directory, `${directory}/${LOG_DIRECTORY}`, `${directory}/${PARTS_DIRECTORY}`]) {
      await disk.makeDirectory(inside);
    }
    await disk.syncDirectory('');
    await disk.syncDirectory(directory);
    const manifest = await Manifest.open({ disk, directory, shard, random });
    const files = new StoreFiles(disk, directory, manifest, pageCache, settings.log);
    const derived = new DerivedStates(settings.derived, disk, manifest, files);
    try {
      await files.removeOrphans(settings.derived.map(({ number }) => number));
      const { storeId, epoch, checkpointSeq, isClean } = manifest.state;
      const log = await FileLog.open({
        disk,
        directory: `${directory}/${LOG_DIRECTORY}`,
        storeId,
        epoch,
        checkpointSeq,
        isClean,
        segment_bytes: settings.segment_bytes,
      });
      await derived.open();
      const store = new RecordStore(settings, manifest, log, files, derived);
      await store.#replay();
      return store;
    } catch (error) {
      await derived.close().catch(() => undefined);
      await files.close();
      await manifest.close();
      throw error;
    }
  }

  async append(batch: Batch): Promise<Seq> {
    const seq = await this.sequence(async () => batch);
    return seq ?? this.#appliedSeq;
  }

  async sequence(build: (reads: SequencedReads) => Promise<Batch | null>): Promise<Seq | null> {
    if (this.#isClosing) throw closedStore();
    const { seq, done } = await this.#builds.run(() => this.#sequence(build));
    await done;
    return seq;
  }

  async get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#isClosing) throw closedStore();
    return readPoint(this.#view(database), recordKey(database, key));
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    return readRange((database) => {
      if (this.#isClosing) throw closedStore();
      return this.#view(database);
    }, request);
  }

  async *scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    let left = request.limit ?? Number.POSITIVE_INFINITY;
    let start: Uint8Array | undefined = request.start;
    while (start !== undefined && left > 0) {
      const limited: RangeRequest = Number.isFinite(left)
        ? { ...request, start, limit: left }
        : { ...request, start };
      const { records, resume } = await this.range(limited);
      yield* records;
      left -= records.length;
      start = resume;
    }
  }

  async flush(): Promise<void> {
    if (this.#isClosing) throw closedStore();
    await this.#flushes.run(() => this.#flushOnce());
  }

  async merge({ force = false }: { force?: boolean } = {}): Promise<number> {
    if (this.#isClosing) throw closedStore();
    return this.#merges.run(force);
  }

  status(): StoreStatus {
    const { databases, checkpointSeq, epoch } = this.#manifest.state;
    const counts = DATABASE_NAMES.map((name) => {
      const { runs } = databases[name];
      const parts = runs.flatMap((run) => run.parts);
      const disk_bytes = runs.reduce((sum, run) => sum + runBytes(run), 0);
      const records = parts.reduce((sum, part) => sum + part.records, 0);
      return [name, { runs: runs.length, parts: parts.length, disk_bytes, records }] as const;
    });
    const { pageCache } = this.#settings;
    return {
      epoch,
      lastSeq: this.#log.lastSeq,
      durableSeq: this.#log.durableSeq,
      checkpointSeq,
      log_bytes: this.#log.size_bytes,
      memtable_bytes: this.#memtable_bytes(),
      derived_bytes: this.#derived.memory_bytes,
      disk_bytes: counts.reduce((sum, [, { disk_bytes }]) => sum + disk_bytes, this.#derived.disk_bytes),
      readOnly: (this.#defect ?? this.#log.failure)?.message,
      recovery: this.#log.recovery,
      databases: Object.fromEntries(counts) as StoreStatus['databases'],
      counters: {
        ...this.#counters,
        merges: this.#merges.done,
        logSyncs: this.#log.syncs,
        pageHits: pageCache.hits,
        pageMisses: pageCache.misses,
      },
    };
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#builds.close();
    await this.#lastSequenced.catch(() => undefined);
    await this.#merges.stop();
    try {
      await this.#flushes.run(() => this.#flushOnce());
      const isWritten = !this.#manifest.state.isClean && this.#defect === undefined;
      if (isWritten) await this.#manifest.adopt([{ edit: 'clean', isClean: true }]);
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
    for await (const { seq, payload } of this.#log.replay(toSeq(this.#appliedSeq + 1))) {
      const batch = decodeBatch(payload);
      this.#active.apply(batch.records);
      this.#derived.apply(seq, batch.derived ?? []);
      batches += 1;
    }
    this.#appliedSeq = this.#log.lastSeq;
    if (batches > 0) {
      this.#settings.log.write('info', 'storage.replayed', {
        shard: this.shard,
        batches,
        tornTail_bytes: recovery.tornTail_bytes,
      });
    }
  }

  async #sequence(build: (reads: SequencedReads) => Promise<Batch | null>): Promise<Sequenced> {
    await this.#makeReady();
    const failures = this.#failures;
    const batch = await build({
      seq: toSeq(this.#log.lastSeq + 1),
      get: (database, key) => this.#getSequenced(database, recordKey(database, key)),
    });
    if (failures !== this.#failures) {
      throw new PeregrineError(
        'READ_ONLY',
        'The log failed while this batch was being built: nothing was written.',
      );
    }
    // A build that writes nothing has still decided by what it read: it is done when that is durable.
    if (batch === null) return { seq: null, done: this.#lastSequenced };
    for (const { database, key } of batch.records) recordKey(database, key);
    const payload = encodeBatch(batch);
    const { seq, durable } = this.#log.append(payload);
    this.#pending.add(seq, batch, payload.length);
    const done = durable.then(
      () => this.#apply(seq, batch, payload.length),
      (error: unknown) => {
        this.#pending.clear();
        this.#failures += 1;
        throw error;
      },
    );
    done.catch(() => undefined);
    this.#lastSequenced = done;
    if (this.#pending.size_bytes > MAX_IN_FLIGHT_BYTES) await done.catch(() => undefined);
    return { seq, done };
  }

  async #getSequenced(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    const pending = this.#pending.get(database, key);
    if (pending === null) return undefined;
    return pending?.slice() ?? readPoint(this.#view(database), key);
  }

  /** Runs in the order of sequence numbers: durable ones settle so. */
  #apply(seq: Seq, batch: Batch, size_bytes: number): void {
    if (this.#defect !== undefined) throw this.#defect;
    try {
      this.#active.apply(batch.records);
      this.#derived.apply(seq, batch.derived ?? []);
    } catch (error) {
      this.#defect = new PeregrineError(
        'READ_ONLY',
        `A durable batch could not be applied, so nothing more is written: ${messageOf(error)}`,
        { seq },
        error,
      );
      throw this.#defect;
    }
    this.#appliedSeq = seq;
    this.#pending.remove(seq, batch, size_bytes);
    this.#counters.batches += 1;
    this.#counters.records += batch.records.length;
    if (this.#isFlushDue()) this.#flushInBackground();
  }

  #view(database: DatabaseName): DatabaseView {
    const memtables = [this.#active, ...this.#frozen].map((set) => set.of(database));
    return { memtables, runs: this.#files.runs(database) };
  }

  /** Before a batch is built: the log must take it, and there must be room for it. */
  async #makeReady(): Promise<void> {
    if (this.#defect !== undefined) throw this.#defect;
    if (!this.#isBegun) {
      const { isClean, checkpointSeq } = this.#manifest.state;
      if (isClean) await this.#manifest.adopt([{ edit: 'clean', isClean: false }]);
      if (isClean) await this.#log.trim(checkpointSeq);
      this.#isBegun = true;
    }
    if (this.#log.failure !== undefined) await this.#renewLog(this.#log.failure);
    if (this.#isFull()) {
      await this.#retries.pass(() => this.#flushes.run(() => this.#flushOnce()));
    }
  }

  /** The memtables take everything along that the failed log was needed for. */
  async #renewLog(failure: PeregrineError): Promise<void> {
    await this.#retries.pass(async () => {
      await this.#flushes.run(() => this.#flushOnce());
      await this.#log.renew();
    });
    this.#settings.log.write('warn', 'storage.log-renewed', { shard: this.shard, failure: failure.message });
  }

  #memtable_bytes(): number {
    return this.#frozen.reduce((sum, set) => sum + set.memory_bytes, this.#active.memory_bytes);
  }

  /** At half of each bound a flush begins, so that the other half lasts until it is done. */
  #isFlushDue(): boolean {
    const { memory_bytes, logCap_bytes } = this.#settings;
    return (
      this.#active.memory_bytes >= memory_bytes / 2 ||
      this.#derived.memory_bytes >= memory_bytes / 2 ||
      this.#log.size_bytes >= logCap_bytes / 2
    );
  }

  #isFull(): boolean {
    const { memory_bytes, logCap_bytes } = this.#settings;
    return this.#memtable_bytes() >= memory_bytes || this.#log.size_bytes >= logCap_bytes;
  }

  #flushInBackground(): void {
    if (this.#isClosing || this.#flushes.pending > 0 || this.#retries.isShut) return;
    this.#retries
      .pass(() => this.#flushes.run(() => this.#flushOnce()))
      .catch((error: unknown) => {
        this.#settings.log.write('error', 'storage.flush-failed', {
          shard: this.shard,
          error: messageOf(error),
        });
      });
  }

  async #flushOnce(): Promise<void> {
    if (!this.#active.isEmpty) {
      this.#frozen = [this.#active, ...this.#frozen];
      this.#active = new MemtableSet();
    }
    const frozen = this.#frozen;
    const upTo = this.#appliedSeq;
    const { checkpointSeq } = this.#manifest.state;
    if (upTo === checkpointSeq && frozen.length === 0 && this.#derived.memory_bytes === 0) return;
    const edits = await this.#writeFrozen(frozen);
    const derived = await this.#derived.flush(upTo);
    await this.#manifest.adopt([...edits, ...derived.edits, { edit: 'checkpoint', seq: upTo }], () => {
      this.#files.refresh();
      this.#frozen = this.#frozen.filter((set) => !frozen.includes(set));
      this.#derived.flushed();
    });
    this.#counters.flushes += 1;
    await this.#derived.remove(derived.removed);
    await this.#log.trim(upTo).catch((error: unknown) => {
      this.#settings.log.write('warn', 'storage.trim-failed', { shard: this.shard, error: messageOf(error) });
    });
    if (this.#settings.mergesItself) this.#merges.runInBackground();
  }

  /** One run for each database that has anything; the edits that add them. */
  async #writeFrozen(frozen: readonly MemtableSet[]): Promise<ManifestEdit[]> {
    const edits: ManifestEdit[] = [];
    const { partNames } = this.#files;
    const { mark } = partNames;
    for (const database of DATABASE_NAMES) {
      const memtables = frozen.map((set) => set.of(database)).filter(({ count }) => count > 0);
      if (memtables.length === 0) continue;
      const dropTombstones = this.#manifest.state.databases[database].runs.length === 0;
      const parts = await writeMemtables(this.#partPlace(), database, memtables, { dropTombstones });
      if (parts.length === 0) continue;
      const run = this.#manifest.takeRun();
      edits.push({ edit: 'addRun', database, run, order: run });
      for (const part of parts) edits.push({ edit: 'addPart', database, run, part });
    }
    if (edits.length > 0) await partNames.sync(mark);
    return edits;
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
