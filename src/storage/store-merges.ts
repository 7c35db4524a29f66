/** The merges of a store, one at a time: begun ones to their end, then what the policy asks for. */

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  PeregrineError,
  Serial,
} from '../base/index.ts';
import { BULK_PAUSE_MS, BulkLoad, mayWait } from './bulk-load.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { type DatabaseFiles, runBytes, type RunEntry } from './manifest-state.ts';
import { beginMerge, continueMerge, type MergeContext, sourceBytes } from './merge.ts';
import { MergeBrake } from './merge-brake.ts';
import {
  MAX_SOURCES,
  type MergePolicyOptions,
  planMerge,
  roomOfMerge,
  type RunSize,
} from './merge-policy.ts';
import type { RunReader } from './run.ts';
import type { MergeOptions } from './store-contract.ts';

/** How long a merge that found no room waits before it looks again. */
const SPACE_RETRY_MS = 1_000;
/** With so many runs of one database reads suffer more from waiting than from the merge. */
const URGENT_RUNS = 24;

export interface MergesOptions {
  readonly policy: MergePolicyOptions;
  readonly log: LogSink;
  readonly clock: Clock;
  /** Of merges that nobody waits for. */
  readonly rate_bytes_per_s: number;
  /** Makes a damaged part whole or sets it aside; called while no merge runs. */
  readonly repair: (database: DatabaseName, partNumber: number) => Promise<void>;
}

/** How merges are made that somebody asked for, or the store itself. */
interface MergeOrder extends MergeOptions {
  /** Where nobody waits for them: at this rate. */
  readonly rate_bytes_per_s?: number;
}

type SharedContext = Omit<MergeContext, 'database' | 'brake' | 'mayWrite' | 'onPart'> & {
  readonly free_bytes: () => Promise<number>;
};

export class StoreMerges {
  readonly #context: SharedContext;
  readonly #options: MergesOptions;
  readonly #queue = new Serial();
  readonly #brake: MergeBrake;
  readonly #stopping = new AbortController();
  readonly #bulk: BulkLoad;
  #isWanted = false;
  /** Something waits for the end of a bulk. */
  #waitsForBulk = false;
  /** Room was missed when it was last looked for. */
  #isShort = false;
  /** It will be looked for again, by itself. */
  #waitsForRoom = false;
  /** Resolved when a suspension ends. */
  #resumed: PromiseWithResolvers<void> | undefined;
  #done = 0;

  constructor(context: SharedContext, options: MergesOptions) {
    this.#context = context;
    this.#options = options;
    this.#brake = new MergeBrake(undefined, options.clock);
    this.#bulk = new BulkLoad(options.clock);
  }

  /** Merges done since opening. */
  get done(): number {
    return this.#done;
  }

  /** Resolves with how many merges that took. `DISK_FULL`, `CANCELLED`. */
  run(options: MergeOptions): Promise<number> {
    return this.#queue.run(() => this.#mergeAll(options));
  }

  /** There are new runs: merges what is due now, or once the bulk that they are of is over. */
  flushed(): void {
    this.#bulk.flushed();
    this.runInBackground();
  }

  /** The same when its turn comes, for nobody who waits: at the rate that leaves reads their latency. */
  runInBackground(): void {
    if (this.#isStopping || this.#isWanted) return;
    this.#isWanted = true;
    this.#queue
      .run(() => {
        this.#isWanted = false;
        return this.#mergeAll({ rate_bytes_per_s: this.#options.rate_bytes_per_s });
      })
      .catch((error: unknown) => {
        // Nothing is lost: the sources stay until the target is durable, and the next flush tries again.
        this.#options.log.write('error', 'storage.merge-failed', { error: messageOf(error) });
      });
  }

  /** The merge under way stands still at its next step; none begins. Nothing is lost or done twice. */
  suspend(): void {
    if (this.#resumed !== undefined || this.#isStopping) return;
    this.#resumed = Promise.withResolvers<void>();
    this.#brake.suspend();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
    this.#brake.resume();
  }

  /** Runs `work` while no merge does: what was begun is at rest, and goes on behind it. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** Ends at the next step; what was begun goes on after the next opening. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#brake.stop();
    this.#resumed?.resolve();
    await this.#queue.close();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #mergeAll(order: MergeOrder): Promise<number> {
    const before = this.#done;
    for (const database of DATABASE_NAMES) {
      while (!this.#isStopping) {
        const isDone = await this.#mergeOne(database, order).catch(async (error: unknown) => {
          // Who waits is told of the damage; what nobody watches would fail at it after each flush.
          const part = isWaitedFor(order) ? undefined : this.#damagedPart(database, error);
          if (part === undefined) throw error;
          await this.#options.repair(database, part);
          return 'repaired';
        });
        if (isDone === 'repaired') continue;
        if (!isDone) break;
        this.#done += 1;
      }
    }
    return this.#done - before;
  }

  /** The number of the part that an error calls damaged, while the manifest still names it. */
  #damagedPart(database: DatabaseName, error: unknown): number | undefined {
    if (!isPeregrineError(error, 'CORRUPT')) return undefined;
    const { manifest, files } = this.#context;
    return manifest.state.databases[database].runs
      .flatMap(({ parts }) => parts)
      .find(({ number }) => files.partPath(number) === error.facts['file'])?.number;
  }

  /** Goes on with the database's merge or begins the next one; false where there is nothing to do. */
  async #mergeOne(database: DatabaseName, order: MergeOrder): Promise<boolean> {
    await this.#resumed?.promise;
    const mayWrite = (): Promise<boolean> => this.#mayWrite(database, order);
    const onPart = progressOf(database, order);
    const context: MergeContext = { ...this.#context, database, brake: this.#brake, mayWrite, onPart };
    const files = context.manifest.state.databases[database];
    this.#brake.setRate(files.runs.length >= URGENT_RUNS ? undefined : order.rate_bytes_per_s);
    if (files.merge === undefined) {
      const plan = await this.#plan(database, files, order);
      if (plan === undefined || this.#isStopping) return false;
      const sources = plan.map(({ number }) => number);
      await beginMerge(context, sources);
    }
    return continueMerge(context);
  }

  /** What is due and fits the disk, beside a part's worth that others may write meanwhile. As {@link #mayWrite} for want of room. */
  async #plan(
    database: DatabaseName,
    files: DatabaseFiles,
    order: MergeOrder,
  ): Promise<readonly RunSize[] | undefined> {
    const { part_bytes } = this.#context;
    const force = order.force === true;
    let { policy } = this.#options;
    const within = (room_bytes: number): readonly RunSize[] | undefined =>
      planOf(files, (sizes) =>
        force ? wholePlan(sizes) : planMerge(sizes, policy, { room_bytes, part_bytes }),
      );
    let due = within(Number.POSITIVE_INFINITY);
    if (due !== undefined && (await this.#mayWait(database, due, order))) {
      policy = { ...policy, leastSources: policy.maxSources ?? MAX_SOURCES };
      due = within(Number.POSITIVE_INFINITY);
      if (due === undefined) this.#waitForBulk();
    }
    if (due === undefined || this.#isStopping) return undefined;
    const free_bytes = await this.#context.free_bytes();
    const needed_bytes = part_bytes + roomOfMerge(due, part_bytes);
    const fitting = free_bytes >= needed_bytes ? due : force ? undefined : within(free_bytes - part_bytes);
    if (fitting === undefined) this.#waitForRoom(order, { free_bytes, needed_bytes });
    else this.#isShort = false;
    return fitting;
  }

  async #mayWait(database: DatabaseName, due: readonly RunSize[], order: MergeOrder): Promise<boolean> {
    if (isWaitedFor(order) || !this.#bulk.isUnderWay) return false;
    const isDue = ({ entry }: RunReader): boolean => due.some(({ number }) => number === entry.number);
    const runs = this.#context.files.runs(database).filter(isDue);
    return mayWait(database, runs, this.#options.policy.leastBulk_bytes);
  }

  /** Whether a part may be begun now. For want of room, who waits is told so; nobody's merge is tried again later. */
  async #mayWrite(database: DatabaseName, order: MergeOrder): Promise<boolean> {
    await this.#resumed?.promise;
    if (order.signal?.aborted === true)
      throw new PeregrineError(
        'CANCELLED',
        'The merge was called off; what it has not done it does another time.',
      );
    if (this.#isStopping) return false;
    const { manifest, part_bytes } = this.#context;
    // The part, and what others write meanwhile.
    const needed_bytes = Math.min(part_bytes, sourceBytes(manifest.state.databases[database])) + part_bytes;
    const free_bytes = await this.#context.free_bytes();
    if (free_bytes >= needed_bytes) {
      this.#isShort = false;
      return true;
    }
    this.#waitForRoom(order, { free_bytes, needed_bytes });
    return false;
  }

  #lookForRoomAgain(): void {
    this.#waitsForRoom = false;
    this.runInBackground();
  }

  #lookBehindBulk(): void {
    this.#waitsForBulk = false;
    this.runInBackground();
  }

  #waitForBulk(): void {
    if (this.#waitsForBulk) return;
    this.#waitsForBulk = true;
    this.#options.clock.sleep(BULK_PAUSE_MS, this.#stopping.signal).then(
      () => this.#lookBehindBulk(),
      () => undefined,
    );
  }

  /** `DISK_FULL` for who waits; else it is looked at again later. */
  #waitForRoom(
    order: MergeOrder,
    facts: { readonly free_bytes: number; readonly needed_bytes: number },
  ): void {
    if (isWaitedFor(order)) {
      throw new PeregrineError('DISK_FULL', noRoomSentence(facts), facts);
    }
    // Told once, not with each look.
    if (!this.#isShort) this.#options.log.write('warn', 'storage.merge-waits-for-space', facts);
    this.#isShort = true;
    if (this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    this.#options.clock.sleep(SPACE_RETRY_MS, this.#stopping.signal).then(
      () => this.#lookForRoomAgain(),
      () => undefined,
    );
  }
}

function noRoomSentence({ free_bytes, needed_bytes }: { free_bytes: number; needed_bytes: number }): string {
  const [free, needed] = [Math.floor(free_bytes / 1e6), Math.ceil(needed_bytes / 1e6)];
  return `There is no room on the disk for what a merge writes: it wants ${needed} MB, and ${free} MB are free. Make room, then merge again.`;
}

function isWaitedFor({ rate_bytes_per_s }: MergeOrder): boolean {
  return rate_bytes_per_s === undefined;
}

/** To be called with what is left of a merge's sources, at its beginning and behind each part. */
function progressOf(
  database: DatabaseName,
  { onProgress }: MergeOrder,
): ((left_bytes: number) => void) | undefined {
  if (onProgress === undefined) return undefined;
  let total_bytes: number | undefined;
  return (left_bytes) => {
    total_bytes ??= left_bytes;
    onProgress({ database, done_bytes: total_bytes - left_bytes, total_bytes });
  };
}

/** Runs from both sides of a loss are never joined: what is older than it would pass for newer. */
function planOf(
  { runs, losses }: DatabaseFiles,
  plan: (sizes: readonly RunSize[]) => readonly RunSize[] | undefined,
): readonly RunSize[] | undefined {
  const sideOf = ({ order }: RunEntry): number => losses.filter((loss) => loss.order > order).length;
  const sides = new Map<number, RunEntry[]>();
  for (const run of runs) sides.set(sideOf(run), [...(sides.get(sideOf(run)) ?? []), run]);
  for (const side of sides.values()) {
    const planned = plan(sizesOf(side, losses.length === 0));
    if (planned !== undefined) return planned;
  }
  return undefined;
}

/** Where tombstones must stay in any case they are no reason to merge: they count as records. */
function sizesOf(runs: readonly RunEntry[], mayDropTombstones: boolean): RunSize[] {
  return runs.map((run) => {
    const records = run.parts.reduce((sum, part) => sum + part.records, 0);
    const tombstones = run.parts.reduce((sum, part) => sum + part.tombstones, 0);
    return {
      number: run.number,
      size_bytes: runBytes(run),
      records: mayDropTombstones ? records : records + tombstones,
      tombstones: mayDropTombstones ? tombstones : 0,
    };
  });
}

/** All runs, unless there is but one and nothing in it to drop. */
function wholePlan(runs: readonly RunSize[]): readonly RunSize[] | undefined {
  const hasTombstones = runs.some(({ tombstones }) => tombstones > 0);
  return runs.length > 1 || hasTombstones ? runs : undefined;
}
