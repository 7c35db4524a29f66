/** Runs a transfer task where the engine is, here or in the process that holds the data directory, and tells how far it is. */

import { isPeregrineError, PeregrineError } from '../base/index.ts';
import type { ResultOf, TransferTask } from '../transfer/index.ts';
import { ensureCollection, reachEngine } from './engine-access.ts';
import { listenForInterruption } from './interruption.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';
import { transferView } from './transfer-view.ts';

const GOES_ON = 'Started again, it passes over what is there already.';
const STAYS = 'What is done stays.';
/** What comes of a task that was stopped on its way. */
const AFTERWARDS: Readonly<Partial<Record<TransferTask['task'], string>>> = {
  import: GOES_ON,
  'take-bundle': GOES_ON,
  restore: GOES_ON,
  export: 'Started again with the same file, it goes on there.',
  'fetch-bundle': 'Started again, it goes on.',
  remove: STAYS,
  reindex: STAYS,
  forget: STAYS,
};

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
  const { calls, own } = await reachEngine(terminal, options, { mustExist });
  const view = await transferView(terminal, options.quiet === true);
  try {
    // Who only looks makes nothing.
    const isDry = task.task === 'import' && task.isDryRun === true;
    if (!mustExist && !isDry) await ensureCollection(calls, options.collection);
    return await calls.transfer(
      options.collection,
      task,
      ({ sentence }) => view.show(sentence),
      interruption.signal,
    );
  } catch (error) {
    // The other process tells no more once it was hung up on.
    if (own !== undefined || !isPeregrineError(error, 'CANCELLED')) throw error;
    throw new PeregrineError('CANCELLED', `Stopped. ${AFTERWARDS[task.task] ?? ''}`.trimEnd(), {}, error);
  } finally {
    view.end();
    interruption.release();
    await calls.close();
  }
}
