/** The merges of a store, one at a time: begun ones to their end, then what the policy asks for. */

import { type LogSink, messageOf, Serial } from '../base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { type DatabaseFiles, runBytes } from './manifest-state.ts';
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
      const sizes = sizesOf(files);
      const plan = force ? wholePlan(sizes) : planMerge(sizes, this.#policy);
      if (plan === undefined) return false;
      const sources = plan.map(({ number }) => number);
      await beginMerge(context, sources);
    }
    return continueMerge(context);
  }
}

function sizesOf({ runs }: DatabaseFiles): RunSize[] {
  return runs.map((run) => ({
    number: run.number,
    size_bytes: runBytes(run),
    records: run.parts.reduce((sum, part) => sum + part.records, 0),
    tombstones: run.parts.reduce((sum, part) => sum + part.tombstones, 0),
  }));
}

/** All runs, unless there is but one and nothing in it to drop. */
function wholePlan(runs: readonly RunSize[]): readonly RunSize[] | undefined {
  const hasTombstones = runs.some(({ tombstones }) => tombstones > 0);
  return runs.length > 1 || hasTombstones ? runs : undefined;
}
