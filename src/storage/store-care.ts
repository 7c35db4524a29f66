/** Care of an open store: verification, repair, snapshots. Each goes on beside reads, writes and, but for repairs, merges. */

import {
  type Clock,
  type LogSink,
  PeregrineError,
  type Random,
  Serial,
  type ShardId,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DatabaseName } from './databases.ts';
import type { Manifest } from './manifest.ts';
import type { SlotRange } from './part-check.ts';
import type { PartPlace } from './run-writer.ts';
import type { RetryingReads } from './retrying-reads.ts';
import { Scrubber, type ScrubStatus } from './scrubber.ts';
import type { LogDamage } from './shard-log.ts';
import { copyShard, type HeldMoment } from './snapshot.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreMemory } from './store-memory.ts';
import type { StoreMerges } from './store-merges.ts';
import { type RepairOptions, type RepairReport, repairParts } from './store-repair.ts';
import { lookAtOpening, type VerifyOptions, verifyStore } from './store-verify.ts';
import type { PartReport, StoreVerification } from './verify-report.ts';

export interface CareContext {
  readonly shard: ShardId;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly manifest: Manifest;
  readonly files: StoreFiles;
  readonly memory: StoreMemory;
  readonly merges: StoreMerges;
  readonly reads: RetryingReads;
  readonly slots: SlotRange;
  readonly place: PartPlace;
  readonly logDamage: readonly LogDamage[];
  /** Bytes a second that a background scrub reads; 0 for none. */
  readonly scrub_bytesPerSecond: number;
  readonly repairSources: RepairOptions['sources'];
}

export class StoreCare {
  readonly #context: CareContext;
  readonly #repairs = new Serial();
  readonly #closing = new AbortController();
  readonly #scrubber: Scrubber;

  constructor(context: CareContext) {
    this.#context = context;
    const { clock, log, scrub_bytesPerSecond } = context;
    this.#scrubber = new Scrubber({
      clock,
      log,
      bytesPerSecond: scrub_bytesPerSecond,
      verify: (options) => this.verify({ ...options, depth: 'deep' }),
      repair: (damaged) => this.#repairDamaged(damaged, { sources: context.repairSources ?? [] }),
      hasSources: (context.repairSources ?? []).length > 0,
    });
  }

  get scrub(): ScrubStatus {
    return this.#scrubber.status;
  }

  /** A quick look at once, and the scrub in its time. */
  async begin(): Promise<void> {
    await lookAtOpening(this.#context);
    this.#scrubber.start();
  }

  verify(options: VerifyOptions = {}): Promise<StoreVerification> {
    const { signal } = options;
    const closing = this.#closing.signal;
    return cancelledInWords(() =>
      verifyStore(this.#context, {
        ...options,
        signal: signal === undefined ? closing : AbortSignal.any([closing, signal]),
      }),
    );
  }

  /** Verifies in depth, then repairs what that finds. */
  async repair(
    options: RepairOptions & Pick<VerifyOptions, 'onProgress' | 'signal'> = {},
  ): Promise<RepairReport> {
    const { onProgress, signal } = options;
    const found = await this.verify({
      depth: 'deep',
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    return this.#repairDamaged(damagedParts(found), options);
  }

  /** A moment to be copied; call it while nothing is being written and everything is flushed. */
  hold(): HeldMoment {
    const { manifest, files, disk, random } = this.#context;
    const { state } = manifest;
    const unpin = files.pinAll();
    const letGo = files.hold();
    return {
      state,
      seq: state.checkpointSeq,
      write: (place, options) =>
        cancelledInWords(() =>
          copyShard({ disk, directory: files.directory }, state, place, random, options),
        ),
      release: async () => {
        unpin();
        await letGo();
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#scrubber.close();
    await this.#repairs.close();
  }

  /** Of a part that a merge has met; to be called while none runs. */
  async repairPart(database: DatabaseName, partNumber: number): Promise<void> {
    const { place, repairSources } = this.#context;
    const sources = repairSources ?? [];
    await repairParts({ ...this.#context, ...place }, [{ database, partNumber }], { sources });
  }

  #repairDamaged(damaged: readonly PartReport[], options: RepairOptions): Promise<RepairReport> {
    const { place, merges } = this.#context;
    return this.#repairs.run(() =>
      merges.exclusively(() => repairParts({ ...this.#context, ...place }, damaged, options)),
    );
  }
}

/** Parts whose bytes are wrong; records of other shards are no damage of a part. */
export function damagedParts({ parts }: Pick<StoreVerification, 'parts'>): PartReport[] {
  return parts.filter((part) => {
    const harmless = part.problems.filter(({ kind }) => kind === 'owner' || kind === 'unreadable').length;
    return part.problemCount > harmless;
  });
}

/** An abort as the error that the rest of the program knows. */
async function cancelledInWords<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw new PeregrineError('CANCELLED', 'It was called off before it was done.', {}, error);
    }
    throw error;
  }
}
