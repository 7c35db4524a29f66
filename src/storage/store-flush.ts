/**
 * Flushes of a store, one after another: everything in memory becomes files, one edit of the manifest adopts them with
 * the checkpoint, and the log gives up what stands before it.
 */

import { messageOf, nextTurn, type PeregrineError, Serial } from '../base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import type { DerivedStates } from './derived-states.ts';
import { SpaceGuard } from './disk-space.ts';
import type { FileLog } from './file-log.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestEdit, PartEntry } from './manifest-state.ts';
import { RetryGate } from './retry-gate.ts';
import { type PartPlace, writeMemtables } from './run-writer.ts';
import type { StoreFiles } from './store-files.ts';
import type { FrozenMemory, StoreMemory } from './store-memory.ts';
import type { StoreSettings } from './store-options.ts';

export interface FlushContext {
  readonly settings: StoreSettings;
  readonly manifest: Manifest;
  readonly log: FileLog;
  readonly files: StoreFiles;
  readonly derived: DerivedStates;
  readonly memory: StoreMemory;
  readonly place: PartPlace;
  /** Called after a flush that wrote something. */
  readonly onFlushed: () => void;
}

interface WrittenParts {
  readonly database: DatabaseName;
  readonly parts: readonly PartEntry[];
}

export class StoreFlush {
  readonly #context: FlushContext;
  readonly #queue = new Serial();
  readonly #retries: RetryGate;
  readonly #space: SpaceGuard;
  #done = 0;

  constructor(context: FlushContext) {
    this.#context = context;
    this.#retries = new RetryGate(context.settings.clock);
    this.#space = new SpaceGuard(context.settings);
  }

  /** Flushes since opening. */
  get done(): number {
    return this.#done;
  }

  /** Why the disk is too full to take anything new, where it is. */
  get shortage(): PeregrineError | undefined {
    return this.#space.shortage;
  }

  run(): Promise<void> {
    return this.#queue.run(() => this.#flushOnce());
  }

  /** Nothing goes in before {@link makeRoom}: memory or the log are at their bounds, or the disk is to be looked at. */
  get isFull(): boolean {
    const { memory_bytes } = this.#context.memory;
    return (
      this.#isAtBounds(memory_bytes) || this.#space.isStale(memory_bytes + this.#context.derived.memory_bytes)
    );
  }

  #isAtBounds(memory_bytes: number): boolean {
    const { settings, log, derived } = this.#context;
    const { memory_bytes: bound_bytes } = settings;
    return (
      memory_bytes >= bound_bytes ||
      derived.memory_bytes >= bound_bytes ||
      log.size_bytes >= settings.logCap_bytes
    );
  }

  /** The disk, memory or the log are at their bounds: nothing more goes in before there is room. Fails as {@link RetryGate.pass}. */
  async makeRoom(): Promise<void> {
    const { memory, derived } = this.#context;
    const flush = (): Promise<void> => this.#retries.pass(() => this.run());
    await this.#space.pass({ held_bytes: () => memory.memory_bytes + derived.memory_bytes, flush });
    // A flush that is under way makes room. With another one behind it writers would wait for what has just come in, too.
    if (this.#isAtBounds(memory.memory_bytes)) await this.#queue.idle();
    if (this.#isAtBounds(memory.memory_bytes)) await flush();
  }

  /** The memtables take everything along that a failed log was needed for; then it begins anew. */
  async renewLog(): Promise<void> {
    await this.#retries.pass(async () => {
      await this.run();
      await this.#context.log.renew();
    });
  }

  /** At half of each bound a flush begins, so that the other half lasts until it is done. */
  runWhereDue(): void {
    const { settings, log, memory, derived } = this.#context;
    const isDue =
      memory.active_bytes >= settings.memory_bytes / 2 ||
      derived.memory_bytes >= settings.memory_bytes / 2 ||
      log.size_bytes >= settings.logCap_bytes / 2;
    if (!isDue || this.#queue.pending > 0 || this.#retries.isShut) return;
    this.#retries
      .pass(() =>
        this.#queue.run(async () => {
          // Who is just being acknowledged is told first: a flush begins with a megabyte of pages in one turn.
          await nextTurn();
          await this.#flushOnce();
        }),
      )
      .catch((error: unknown) => {
        this.#warn('error', 'storage.flush-failed', error);
      });
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #flushOnce(): Promise<void> {
    const { manifest, log, files, derived, memory, onFlushed } = this.#context;
    const frozen = memory.freeze();
    const { sets, upTo } = frozen;
    const isUpToDate = upTo === manifest.state.checkpointSeq;
    if (isUpToDate && sets.length === 0 && derived.memory_bytes === 0) return;
    const written: WrittenParts[] = [];
    let edits: ManifestEdit[];
    let change: Awaited<ReturnType<DerivedStates['flush']>>;
    try {
      edits = await this.#writeParts(frozen, written);
      change = await derived.flush(upTo);
    } catch (error) {
      // No manifest names them yet: on a full disk they would take the room that the next try needs.
      for (const { number } of written.flatMap(({ parts }) => parts))
        await this.#context.settings.disk.remove(files.partPath(number)).catch(() => undefined);
      throw error;
    }
    try {
      for (const { database, parts } of written) await files.welcome(database, parts);
      await manifest.adopt([...edits, ...change.edits, { edit: 'checkpoint', seq: upTo }], () => {
        files.refresh();
        memory.release(frozen);
        derived.flushed();
      });
    } finally {
      for (const { parts } of written) await files.dismiss(parts);
    }
    this.#done += 1;
    await derived.remove(change.removed);
    await log.trim(upTo).catch((error: unknown) => this.#warn('warn', 'storage.trim-failed', error));
    onFlushed();
  }

  /** One run for each database that has anything; the edits that add them. Notes in `written` what it has made so far. */
  async #writeParts({ sets }: FrozenMemory, written: WrittenParts[]): Promise<ManifestEdit[]> {
    const { manifest, files, place } = this.#context;
    const edits: ManifestEdit[] = [];
    const { mark } = files.partNames;
    for (const database of DATABASE_NAMES) {
      const memtables = sets.map((set) => set.of(database)).filter(({ isEmpty }) => !isEmpty);
      if (memtables.length === 0) continue;
      const { runs, losses } = manifest.state.databases[database];
      const dropTombstones = runs.length + losses.length === 0;
      const run = manifest.takeRun();
      const parts = await writeMemtables(place, database, memtables, { dropTombstones, order: run });
      if (parts.length === 0) continue;
      written.push({ database, parts });
      edits.push({ edit: 'addRun', database, run, order: run });
      for (const part of parts) edits.push({ edit: 'addPart', database, run, part });
    }
    if (edits.length > 0) await files.partNames.sync(mark);
    return edits;
  }

  #warn(level: 'warn' | 'error', event: string, error: unknown): void {
    const { log, shard } = this.#context.settings;
    log.write(level, event, { shard, error: messageOf(error) });
  }
}
