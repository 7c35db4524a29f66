/**
 * The way of a batch into a store: built when its turn comes, numbered and made durable by the log together with its
 * neighbours, applied to memory in the order of the numbers.
 */

import { messageOf, PeregrineError, type Seq, Serial, toSeq } from '../base/index.ts';
import type { DurableGroup, LogAppend } from './append-queue.ts';
import type { Batch } from './batch.ts';
import { BatchWriter, payloadOf } from './batch-writer.ts';
import type { DatabaseName } from './databases.ts';
import type { FileLog } from './file-log.ts';
import { recordKey } from './key-order.ts';
import type { OpenFrame } from './log-frame.ts';
import type { Manifest } from './manifest.ts';
import { type PendingBatch, PendingBatches } from './pending-batches.ts';
import type { BatchBuild } from './store-contract.ts';
import { closedStore } from './store-files.ts';
import type { StoreFlush } from './store-flush.ts';
import type { StoreMemory } from './store-memory.ts';
import type { StoreSettings } from './store-options.ts';

/** Payloads that may be on their way to the disk; beyond that writers wait. */
const MAX_IN_FLIGHT_BYTES: number = 32 * 1024 * 1024;

export interface WritesContext {
  readonly settings: StoreSettings;
  readonly manifest: Manifest;
  readonly log: FileLog;
  readonly memory: StoreMemory;
  readonly flushes: StoreFlush;
  /** The newest applied version of a key. */
  readonly read: (database: DatabaseName, key: Uint8Array) => Promise<Uint8Array | undefined>;
}

/** A batch from its number to its answer, as the log, builds that read it and its writer know it. */
class SequencedBatch implements LogAppend, PendingBatch {
  seq = 0;
  readonly payload: Uint8Array;
  readonly writer: BatchWriter | undefined;
  readonly resolve: (seq: Seq) => void;
  readonly reject: (error: PeregrineError) => void;
  names: PendingBatch['names'] = undefined;
  readonly #writes: StoreWrites;

  constructor(
    writes: StoreWrites,
    payload: Uint8Array,
    writer: BatchWriter | undefined,
    resolve: (seq: Seq) => void,
    reject: (error: PeregrineError) => void,
  ) {
    this.#writes = writes;
    this.payload = payload;
    this.writer = writer;
    this.resolve = resolve;
    this.reject = reject;
  }

  get frame(): OpenFrame | undefined {
    return this.writer?.frame;
  }

  get records_bytes(): number | undefined {
    return this.writer?.records_bytes;
  }

  acknowledge(group: DurableGroup): void {
    this.#writes.acknowledge(this, group);
  }

  refuse(failure: PeregrineError): void {
    this.#writes.refuse(this, failure);
  }
}

/** A batch on its way: `done` settles when it is durable and applied, or was taken back. */
interface Sequenced {
  readonly seq: Seq | null;
  readonly done: Promise<unknown>;
}

export class StoreWrites {
  readonly #context: WritesContext;
  readonly #log: FileLog;
  readonly #memory: StoreMemory;
  readonly #flushes: StoreFlush;
  readonly #builds = new Serial();
  readonly #pending = new PendingBatches();
  #lastSequenced: Promise<unknown> = Promise.resolve();
  /** Counts losses of batches in flight, so that a build notices that what it has read was taken back. */
  #failures = 0;
  #defect: PeregrineError | undefined;
  #isBegun = false;
  /** Whether there was room when it was last asked for, and nothing has been applied since. */
  #hasRoom = false;
  #isClosing = false;
  #batches = 0;

  constructor(context: WritesContext) {
    this.#context = context;
    this.#log = context.log;
    this.#memory = context.memory;
    this.#flushes = context.flushes;
  }

  /** A batch that was durable could not be applied; nothing more is written. */
  get defect(): PeregrineError | undefined {
    return this.#defect;
  }

  /** Batches applied since opening. */
  get batches(): number {
    return this.#batches;
  }

  append(batch: Batch | BatchWriter): Promise<Seq> {
    if (this.#isClosing) return Promise.reject(closedStore());
    try {
      const writer = batch instanceof BatchWriter ? batch : undefined;
      const payload = payloadOf(batch);
      // With nothing before it and nothing to wait for, a batch goes into the log in this turn.
      return this.#isReady() ? this.#write(payload, writer) : this.#appendInTurn(payload, writer);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async sequence(build: BatchBuild): Promise<Seq | null> {
    if (this.#isClosing) throw closedStore();
    const { seq, done } = await this.#builds.run(() => this.#sequence(build));
    await done;
    return seq;
  }

  /** Runs `work` while nothing is being written and everything written is durable and applied. */
  paused<T>(work: () => Promise<T>): Promise<T> {
    return this.#builds.run(async () => {
      // What was refused was told to its writer; here it only must be over.
      await this.#lastSequenced.catch(() => undefined);
      return work();
    });
  }

  /** Takes no more; waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#builds.close();
    await this.#lastSequenced.catch(() => undefined);
  }

  async #sequence(build: BatchBuild): Promise<Sequenced> {
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
    return this.#writeInTurn(payloadOf(batch), batch instanceof BatchWriter ? batch : undefined);
  }

  /** True where a batch need not wait: for builds, for room, for a log that works. */
  #isReady(): boolean {
    const isOpen =
      this.#isBegun &&
      this.#builds.pending === 0 &&
      this.#defect === undefined &&
      this.#log.failure === undefined &&
      this.#pending.size_bytes <= MAX_IN_FLIGHT_BYTES;
    // To ask takes a tenth of a small batch's whole way: once for each group that is applied.
    if (isOpen && !this.#hasRoom) this.#hasRoom = !this.#flushes.isFull;
    return isOpen && this.#hasRoom;
  }

  async #appendInTurn(payload: Uint8Array, writer: BatchWriter | undefined): Promise<Seq> {
    const { seq, done } = await this.#builds.run(async () => {
      await this.#makeReady();
      return this.#writeInTurn(payload, writer);
    });
    await done;
    return seq ?? this.#memory.appliedSeq;
  }

  /** Writes, and keeps the next builds waiting while too much is on its way. */
  async #writeInTurn(payload: Uint8Array, writer?: BatchWriter): Promise<Sequenced> {
    const done = this.#write(payload, writer);
    done.catch(() => undefined);
    const seq = this.#log.lastSeq;
    if (this.#pending.size_bytes > MAX_IN_FLIGHT_BYTES) await done.catch(() => undefined);
    return { seq, done };
  }

  /** Into the log, and, when it is durable, into memory; then nothing looks at the bytes of `writer` any more. */
  #write(payload: Uint8Array, writer?: BatchWriter): Promise<Seq> {
    const done = new Promise<Seq>((resolve, reject) => {
      const batch = new SequencedBatch(this, payload, writer, resolve, reject);
      this.#log.append(batch);
      this.#pending.add(batch);
    });
    this.#lastSequenced = done;
    return done;
  }

  /** The first of a group has all of it applied. In the order of sequence numbers. */
  acknowledge(batch: SequencedBatch, group: DurableGroup): void {
    if (batch.seq > this.#memory.appliedSeq) this.#apply(group);
    if (this.#defect !== undefined && batch.seq > this.#memory.appliedSeq) {
      batch.reject(this.#defect);
      return;
    }
    this.#pending.remove(batch.seq);
    this.#batches += 1;
    batch.writer?.release();
    batch.resolve(toSeq(batch.seq));
  }

  refuse(batch: SequencedBatch, failure: PeregrineError): void {
    this.#pending.clear();
    this.#failures += 1;
    batch.writer?.release();
    batch.reject(failure);
  }

  async #getSequenced(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    const pending = this.#pending.get(database, key);
    if (pending === null) return undefined;
    return pending?.slice() ?? this.#context.read(database, key);
  }

  /** As far as it goes: what can't be applied is a defect. */
  #apply(group: DurableGroup): void {
    if (this.#defect !== undefined) return;
    this.#hasRoom = false;
    try {
      this.#memory.applyGroup(group);
      if (!this.#isClosing) this.#flushes.runWhereDue();
    } catch (error) {
      this.#defect = new PeregrineError(
        'READ_ONLY',
        `A durable batch could not be applied, so nothing more is written: ${messageOf(error)}`,
        { seq: this.#memory.appliedSeq + 1 },
        error,
      );
    }
  }

  /** Before a batch is built: the log must take it, and there must be room for it. */
  async #makeReady(): Promise<void> {
    const { manifest, settings } = this.#context;
    this.#hasRoom = false;
    if (this.#defect !== undefined) throw this.#defect;
    if (!this.#isBegun) {
      const { isClean, checkpointSeq } = manifest.state;
      if (isClean) await this.#log.begin();
      if (isClean) await manifest.adopt([{ edit: 'clean', isClean: false }]);
      if (isClean) await this.#log.trim(checkpointSeq);
      this.#isBegun = true;
    }
    const { failure } = this.#log;
    if (failure !== undefined) {
      await this.#flushes.renewLog();
      const facts = { shard: settings.shard, failure: failure.message };
      settings.log.write('warn', 'storage.log-renewed', facts);
    }
    await this.#flushes.makeRoom();
  }
}
