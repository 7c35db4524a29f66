/** `peregrine crawl pause|resume|stop`: steers the crawl of a process that runs, or of a directory that none holds. */

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import { commandName } from '../command-name.ts';
import { reachEngine } from '../engine-access.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface Step {
  readonly does: string;
  readonly take: (calls: EngineCalls, collection: string) => Promise<void>;
  /** Only a process that stays can do it. */
  readonly needsProcess: boolean;
}

const STEPS: Readonly<Record<string, Step>> = {
  pause: {
    does: 'Begin nothing new in the crawl of a collection; what is being fetched is finished first.',
    take: (calls, collection) => calls.pauseCrawl(collection),
    needsProcess: false,
  },
  resume: {
    does: 'Go on with a paused crawl.',
    take: (calls, collection) => calls.resumeCrawl(collection),
    needsProcess: true,
  },
  stop: {
    does: 'End the crawl of a collection for good: its queue is emptied, what was fetched stays.',
    take: (calls, collection) => calls.stopCrawl(collection),
    needsProcess: false,
  },
};

/** Adds the commands below `crawl`. */
export function addSteering(crawl: Command, terminal: Terminal): void {
  for (const [name, step] of Object.entries(STEPS)) {
    addSharedOptions(crawl.command(name))
      .description(step.does)
      .action(async (options: SharedOptions) => steer(terminal, step, options));
  }
}

async function steer(
  terminal: Terminal,
  step: Step,
  { collection, ...options }: SharedOptions,
): Promise<void> {
  // A crawl that was under way is taken up first: what is on record of it then says that it rests.
  const { calls, own } = await reachEngine(
    terminal,
    { ...options, collection },
    { mustExist: true, resumeCrawls: !step.needsProcess },
  );
  try {
    if (own !== undefined && step.needsProcess) {
      throw new PeregrineError(
        'UNAVAILABLE',
        `No process is running that could go on with it. Start one with: ${commandName(terminal)} serve`,
      );
    }
    await step.take(calls, collection);
    const progress = await calls.crawlProgress(collection);
    if (options.json === true) return terminal.out(JSON.stringify(progress));
    const { state, fetched, queued } = progress;
    if (options.quiet !== true) terminal.out(`${collection}: ${state}, ${fetched} fetched, ${queued} queued`);
  } finally {
    await calls.close();
  }
}
