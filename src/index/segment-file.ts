/** Writes a segment to a file of its own: a step at a time, others have their turn between them, and nothing stays of what fails. */

import type { Disk } from '../disk/index.ts';
import type { IndexMemory } from './index-memory.ts';
import type { SegmentHead } from './segment-format.ts';
import type { SegmentWriter } from './segment-writer.ts';

/** What a segment is made of: documents that wait, or other segments. */
export interface SegmentSource {
  readonly writer: SegmentWriter;
  /** Writes all lists, and tells the writer which words to expect. */
  stepsWithWords(): Generator<void>;
  /** Gives memory back, the writer's too. */
  close(): void;
}

const CANCELLED = 'cancelled';

/**
 * Writes what `begin` leads to into the new file `path`; synced. `isCancelled` is asked at every step; once it says so, or
 * something fails, the file is removed and `undefined` returned or the error thrown.
 */
export async function writeSegmentFile(
  memory: IndexMemory,
  begin: Generator<void, SegmentSource>,
  disk: Disk,
  path: string,
  isCancelled: () => boolean,
): Promise<SegmentHead | undefined> {
  const file = await disk.open(path, 'create');
  let head: SegmentHead | undefined;
  try {
    const source = await inTurns(begin, memory, isCancelled);
    if (source === CANCELLED) return undefined;
    try {
      const drain = (): Promise<void> => source.writer.drain(disk, file);
      if ((await inTurns(source.stepsWithWords(), memory, isCancelled, drain)) === CANCELLED)
        return undefined;
      head = await source.writer.finishFile(file);
      await file.sync();
    } finally {
      await source.writer.discard(disk);
      source.close();
    }
  } finally {
    await file.close();
    // Its orphan is no harm where even this fails: the next opening removes what nothing names.
    if (head === undefined) await disk.remove(path).catch(() => undefined);
  }
  return head;
}

/** What the steps lead to, each in a turn of its own. */
async function inTurns<T>(
  steps: Generator<void, T>,
  { pause }: IndexMemory,
  isCancelled: () => boolean,
  behindEach?: () => Promise<void>,
): Promise<T | typeof CANCELLED> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await pause();
      if (isCancelled()) return CANCELLED;
      await behindEach?.();
    }
  } finally {
    // Frees what was begun; nothing where it is done.
    steps.return(undefined as never);
  }
}
