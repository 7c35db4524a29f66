/**
 * One step of a merge: from several runs the entries behind what is consumed, newest first, into one part, synced. Says
 * nothing to the manifest, so it can run on another thread, and what it leaves when it is stopped or killed is an orphan.
 */

import { DATABASES, type DatabaseName } from './databases.ts';
import type { PartEntry } from './manifest-state.ts';
import type { MergeBrake } from './merge-brake.ts';
import { MergedWalk } from './merged-walk.ts';
import { type PartOptions, PartWriter } from './part-writer.ts';
import type { Disk } from '../disk/index.ts';
import { storedValue } from './range-read.ts';
import { sliceBlock, STORED_LENGTH, TOMBSTONE_LENGTH } from './record-block.ts';
import type { ReadManner } from './retrying-reads.ts';
import { type RunReader, RunWalk } from './run.ts';
import { Turns } from './run-writer.ts';

/** What is to be done, as plain data. */
export interface MergeStep {
  readonly database: DatabaseName;
  readonly target: PartOptions & { readonly number: number; readonly path: string };
  readonly dropTombstones: boolean;
  /** The part is finished when it reaches this size. */
  readonly part_bytes: number;
}

export interface MergeStepResult {
  /** Undefined where nothing was left to write. */
  readonly part: PartEntry | undefined;
  /** The sources are read to their end. */
  readonly isEnd: boolean;
}

const BACKGROUND: ReadManner = { priority: 'background' };

/** Undefined when the brake stopped it; then nothing is left behind. `CORRUPT`, `IO`, `DISK_FULL`. */
export async function mergePart(
  disk: Disk,
  runs: readonly RunReader[],
  step: MergeStep,
  brake: MergeBrake,
): Promise<MergeStepResult | undefined> {
  const { database, target, dropTombstones, part_bytes } = step;
  const { keyBytes } = DATABASES[database];
  const [start, end] = [new Uint8Array(keyBytes), new Uint8Array(keyBytes).fill(0xff)];
  const walks = runs.map((run) => new RunWalk(run, start, end, { holdsAll: false, manner: BACKGROUND }));
  const walk = new MergedWalk(keyBytes, walks);
  const turns = new Turns();
  let writer: PartWriter | undefined;
  let spent_bytes = 0;
  try {
    for (;;) {
      const state = walk.step();
      if (state === 'end') break;
      if (state === 'wait') {
        if (brake.isStopped) return undefined;
        await walk.load();
        continue;
      }
      const { block, at, part } = walk;
      const length = block.lengths[at] as number;
      spent_bytes += keyBytes + (length < STORED_LENGTH ? length : 0);
      if (turns.isOver(keyBytes + (length < STORED_LENGTH ? length : 0))) {
        await turns.pass();
        // Read and written.
        if (!(await brake.spend(2 * spent_bytes))) return undefined;
        spent_bytes = 0;
      }
      if (length === TOMBSTONE_LENGTH && dropTombstones) continue;
      writer ??= await PartWriter.create(disk, target.path, target.number, database, target);
      if (length === STORED_LENGTH) {
        const value = (await storedValue(block, at, part, BACKGROUND)) ?? new Uint8Array(0);
        if (!(await brake.spend(2 * value.length))) return undefined;
        await writer.addFrom(withValue(sliceBlock(block, at, at + 1), value), 0);
      } else {
        const written = writer.addFrom(block, at);
        if (written !== undefined) await written;
      }
      if (writer.size_bytes < part_bytes) continue;
      const finished: PartWriter = writer;
      writer = undefined;
      return { part: await finished.finish(), isEnd: false };
    }
    const last = writer;
    writer = undefined;
    return { part: await last?.finish(), isEnd: true };
  } finally {
    await writer?.abandon();
    await walk.close();
  }
}

function withValue<T extends object>(block: T, value: Uint8Array): T {
  const numbers = { offsets: new Uint32Array(1), lengths: new Uint32Array([value.length]) };
  return { ...block, ...numbers, bytes: value, isPlain: true };
}
