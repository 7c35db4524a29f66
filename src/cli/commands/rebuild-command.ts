/** `peregrine rebuild`: makes an index anew from what is stored, or only checks or repairs it. */

import type { Command } from 'commander';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import type { CareProgress, IndexWork, IndexWorkResult } from '../../collection/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import { reachEngine } from '../engine-access.ts';
import { EXIT_DAMAGED } from '../exit-codes.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface RebuildOptions extends SharedOptions {
  readonly verify?: boolean;
  readonly repair?: boolean;
}

const LOOK_EVERY_MS = 500;

export function rebuildCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  return addSharedOptions(command)
    .description(
      'Make the index of a collection anew from its stored documents. Exit code 4 where a check finds damage.',
    )
    .option('--verify', 'only check it: every segment, and its documents against the stored ones')
    .option('--repair', 'check it, and index again only what is damaged or missing')
    .addHelpText(
      'after',
      `
Searches and crawls go on meanwhile. A rebuild that is stopped goes on where it was when it is started again.

Examples:
  peregrine rebuild --verify
  peregrine rebuild --repair
  peregrine rebuild --collection docs`,
    )
    .action(async (options: RebuildOptions) => {
      if (options.verify === true && options.repair === true) {
        throw new PeregrineError('BAD_ARGUMENT', 'Choose one: --verify looks, --repair looks and mends.');
      }
      const work = options.verify === true ? 'verify' : options.repair === true ? 'repair' : 'rebuild';
      const { calls, own } = await reachEngine(terminal, options, { mustExist: true });
      const interruption = listenForInterruption(terminal);
      try {
        const result = await watched(terminal, calls, options, { work, signal: interruption.signal });
        if (options.json === true) terminal.out(JSON.stringify(result, null, 2));
        else await print(terminal, result);
        if ('isSound' in result && !result.isSound) setExitCode(EXIT_DAMAGED);
      } catch (error) {
        if (!isPeregrineError(error, 'CANCELLED') || !interruption.signal.aborted) throw error;
        throw new PeregrineError('CANCELLED', whatGoesOn(work, own === undefined), {}, error);
      } finally {
        interruption.release();
        await calls.close();
      }
    });
}

/** What an interruption means for the work. */
function whatGoesOn(work: IndexWork, isElsewhere: boolean): string {
  if (isElsewhere) return 'Interrupted. The process that serves the directory goes on with it.';
  if (work === 'rebuild') return 'Interrupted. What is done stays: the same command goes on from there.';
  return 'Interrupted. What is done stays.';
}

/** Says how far it is while it runs. */
async function watched(
  terminal: Terminal,
  calls: EngineCalls,
  { collection, quiet }: RebuildOptions,
  { work, signal }: { readonly work: IndexWork; readonly signal: AbortSignal },
): Promise<IndexWorkResult> {
  let said = '';
  const look = async (): Promise<void> => {
    const all = await calls.indexProgress();
    const own = all.find((one) => one.collection === collection && one.work === work);
    const line = own === undefined ? '' : progressLine(own);
    if (line !== '' && line !== said) terminal.err(line);
    said = line;
  };
  const timer = setInterval(() => {
    // Who does not answer now will, or the work itself fails and says why.
    void look().catch(() => undefined);
  }, LOOK_EVERY_MS);
  if (quiet === true) clearInterval(timer);
  try {
    return await calls.indexWork(collection, work, signal);
  } finally {
    clearInterval(timer);
  }
}

const STAGES: Readonly<Record<CareProgress['stage'], string>> = {
  verifying: 'checking segments',
  reading: 'indexing',
  comparing: 'comparing with what is stored',
  merging: 'merging segments',
};

function progressLine({ shard, stage, documentsDone, documents }: CareProgress): string {
  // Where a segment is lost, what it held is not known.
  const all = documents < documentsDone ? '' : ` of about ${documents}`;
  const count = documentsDone === 0 ? '' : `: ${documentsDone}${all} documents`;
  return `Shard ${shard}, ${STAGES[stage]}${count}`;
}

async function print(terminal: Terminal, result: IndexWorkResult): Promise<void> {
  terminal.out(result.sentence);
  if (!('shards' in result)) return;
  const { problemLines } = await import('../../collection/index.ts');
  for (const line of problemLines(result.shards)) terminal.out(line);
}
