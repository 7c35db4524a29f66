/** Runs a transfer task where the engine is, here or in the process that holds the data directory, and tells how far it is. */

import type { ResultOf, TransferTask } from '../transfer/index.ts';
import { ensureCollection, reachEngine } from './engine-access.ts';
import { listenForInterruption } from './interruption.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

/** Time between two lines of progress, ms. */
const LINE_MS = 5_000;

export interface TransferWork<T extends TransferTask> {
  readonly task: T;
  /** The data directory must be there; else it and the collection are made. */
  readonly mustExist?: boolean;
}

/** An interruption calls the task off: `CANCELLED`. */
export async function runTransfer<T extends TransferTask>(
  terminal: Terminal,
  options: SharedOptions,
  { task, mustExist = false }: TransferWork<T>,
): Promise<ResultOf<T>> {
  const interruption = listenForInterruption(terminal);
  const { calls } = await reachEngine(terminal, options, { mustExist });
  let next_ms = performance.now() + LINE_MS;
  try {
    // Who only looks makes nothing.
    const isDry = task.task === 'import' && task.isDryRun === true;
    if (!mustExist && !isDry) await ensureCollection(calls, options.collection);
    return await calls.transfer(
      options.collection,
      task,
      ({ sentence }) => {
        if (options.quiet === true || performance.now() < next_ms) return;
        next_ms = performance.now() + LINE_MS;
        terminal.err(sentence);
      },
      interruption.signal,
    );
  } finally {
    interruption.release();
    await calls.close();
  }
}
