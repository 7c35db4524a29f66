/** The merges of a store, one at a time: begun ones to their end, then what the policy asks for. */

import { type LogSink, messageOf, Serial } from '../base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { type DatabaseFiles, runBytes, type RunEntry } from './manifest-state.ts';
import { beginMerge, continueMerge, type MergeContext } from './merge.ts';
import { type MergePolicyOptions, planMerge, type RunSize } from './merge-policy.ts';

export class StoreMerges {
  readonly #context: Omit<MergeContext, 'database' | 'shouldStop'>;
  readonly #policy: MergePolicyOptions;
  readonly #log: LogSink;
  readonly #queue = new Serial();
  #isWanted = false;
  #isStopping = false;
  #done = 0;

  constructor(
    context: Omit<MergeContext, 'database' | 'shouldStop'>,
    policy: MergePolicyOptions,
    log: LogSink,
  ) {
    this.#context = context;
    this.#policy = policy;
    this.#log = log;
  }

  /** Merges done since opening. */
  get done(): number {
    return this.#done;
  }

  /** Where the policy says so, or each database down to one run; resolves with how many merges that took. */
  run(force: boolean): Promise<number> {
    return this.#queue.run(() => this.#mergeAll(force));
  }

  /** The same when its turn comes, for nobody who waits. */
  runInBackground(): void {
    if (this.#isStopping || this.#isWanted) return;
    this.#isWanted = true;
    this.#queue
      .run(() => {
        this.#isWanted = false;
        return this.#mergeAll(false);
      })
      .catch((error: unknown) => {
        // Nothing is lost: the sources stay until the target is durable, and the next flush tries again.
        this.#log.write('error', 'storage.merge-failed', { error: messageOf(error) });
      });
  }

  /** Runs `work` while no merge does: what was begun is at rest, and goes on behind it. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** Ends at the next step; what was begun goes on after the next opening. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#queue.close();
  }

  async #mergeAll(force: boolean): Promise<number> {
    const before = this.#done;
    for (const database of DATABASE_NAMES) {
      while (!this.#isStopping && (await this.#mergeOne(database, force))) this.#done += 1;
    }
    return this.#done - before;
  }

  /** Goes on with the database's merge or begins the next one; false where there is nothing to do. */
  async #mergeOne(database: DatabaseName, force: boolean): Promise<boolean> {
    const context: MergeContext = { ...this.#context, database, shouldStop: () => this.#isStopping };
    const files = context.manifest.state.databases[database];
    if (files.merge === undefined) {
      const plan = planOf(files, (sizes) => (force ? wholePlan(sizes) : planMerge(sizes, this.#policy)));
      if (plan === undefined) return false;
      const sources = plan.map(({ number }) => number);
      await beginMerge(context, sources);
    }
    return continueMerge(context);
  }
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
