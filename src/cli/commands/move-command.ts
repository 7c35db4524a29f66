/** `peregrine move`: a collection into another data directory, or under another name; the old one goes when all is there. */

import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { Command } from 'commander';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface MoveOptions extends SharedOptions {
  readonly as?: string;
  readonly keep?: boolean;
}

export function moveCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Move a collection into another data directory, or within this one under another name.')
    .argument('<directory>', 'the data directory that it goes to; made where it is not there')
    .option('--as <name>', 'what it is called there (default: as here)')
    .option('--keep', 'leave it here as well: a copy')
    .addHelpText(
      'after',
      `
Its documents go with all that is known of them, and with its rules for searches; there they are indexed anew. It is deleted
here only when every document has come. Both directories may be in use by servers. What a crawl still means to fetch stays
behind: begin it again there.

Examples:
  peregrine move /srv/peregrine-docs --collection docs
  peregrine move ./peregrine-data --collection docs --as handbook`,
    )
    .action(async (directory: string, options: MoveOptions) => {
      const moved = await move(terminal, resolve(directory), options);
      if (options.json === true) terminal.out(JSON.stringify(moved));
      else if (options.quiet !== true)
        terminal.err(
          `${moved.documents} documents of "${options.collection}" are "${moved.collection}" in ${directory} now${moved.isKept ? '; they are here as well' : ''}.`,
        );
    });
}

interface MovedCollection {
  readonly collection: string;
  readonly documents: number;
  readonly isKept: boolean;
}

async function move(terminal: Terminal, directory: string, options: MoveOptions): Promise<MovedCollection> {
  const { collection: from, as: to = from, keep = false } = options;
  const isWithin = directory === resolve(options.dataDir);
  if (isWithin && to === from)
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'It is there already: name another directory, or another name with --as.',
    );
  if (options.readOnly === 'on' && (isWithin || !keep))
    throw new PeregrineError(
      'READ_ONLY',
      'What is open for reading only can be copied into another directory, and not deleted here: add --keep.',
    );
  const interruption = listenForInterruption(terminal);
  const { calls: source } = await reachEngine(terminal, options, { mustExist: true });
  let target = source;
  let aside: string | undefined;
  try {
    if (!isWithin)
      target = (await reachEngine(terminal, { ...options, dataDir: directory, readOnly: 'off' })).calls;
    if ((await target.collections()).includes(to) && (await documentsOf(target, to)) > 0)
      throw new PeregrineError(
        'ALREADY_EXISTS',
        `There are documents in "${to}" already: choose another name with --as.`,
      );
    aside = await mkdtemp(join(dirname(directory), '.peregrine-move-'));
    const folder = join(aside, 'bundle');
    const made = await source.transfer(
      from,
      { task: 'make-bundle', folder, name: from, isForNow: true },
      undefined,
      interruption.signal,
    );
    await ensureCollection(target, to);
    const task = { task: 'take-bundle', folder, conflicts: 'newest' } as const;
    const { read, failed } = await target.transfer(to, task, undefined, interruption.signal);
    if (read !== made.documents || failed > 0) {
      throw new PeregrineError(
        'IO',
        `Of ${made.documents} documents ${read - failed} came; the collection stays where it was.`,
        { collection: from },
      );
    }
    await target.setSearchRules(to, await source.searchRules(from));
    if (!keep) await source.deleteCollection(from);
    return { collection: to, documents: made.documents, isKept: keep };
  } catch (error) {
    if (isPeregrineError(error, 'CANCELLED'))
      terminal.err(`Interrupted: "${from}" stays here; what came over stands in "${to}" there.`);
    throw error;
  } finally {
    interruption.release();
    if (aside !== undefined) await rm(aside, { recursive: true, force: true });
    if (target !== source) await target.close();
    await source.close();
  }
}

async function documentsOf(calls: EngineCalls, collection: string): Promise<number> {
  const { collections } = await calls.status();
  return collections.find(({ name }) => name === collection)?.documents ?? 0;
}
