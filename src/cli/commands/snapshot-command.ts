/** `peregrine snapshot`: copies of everything, or of one collection, kept elsewhere and brought back. */

import { mkdtemp } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { openForReadingOnly, PeregrineError } from '../../base/index.ts';
import { printable } from '../printable.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

const HOUR_MS = 3_600_000;
const PLACE = 'a folder, or s3://bucket/prefix';

interface TakeOptions extends SharedOptions {
  readonly only?: boolean;
  readonly keep?: number;
  readonly verify: boolean;
}

export function snapshotCommand(command: Command, terminal: Terminal): Command {
  command
    .description('Keep copies elsewhere: in a folder or an S3-compatible store; restore and schedule them.')
    .addHelpText(
      'after',
      `
What two snapshots have in common is stored once. An S3-compatible store is reached with AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION and, for stores of others, AWS_ENDPOINT_URL, in the environment of the process that
holds the data directory.

Examples:
  peregrine snapshot take /mnt/backup --keep 7
  peregrine snapshot take s3://backups/peregrine --only --collection docs
  peregrine snapshot ls s3://backups/peregrine
  peregrine snapshot restore /mnt/backup --data-dir ./restored
  peregrine snapshot schedule /mnt/backup --every 24h --keep 7`,
    );
  addSharedOptions(command.command('take'))
    .description('Take a snapshot; it is fetched back and opened before it counts.')
    .argument('<place>', PLACE)
    .option('--only', 'the documents of --collection alone')
    .option('--keep <n>', 'keep so many of this kind, remove older ones', wholeNumber(1, 100_000))
    .option('--no-verify', 'do not fetch it back and open it')
    .action(async (place: string, options: TakeOptions) => take(terminal, place, options));
  addSharedOptions(command.command('ls'))
    .description('List snapshots, oldest first.')
    .argument('<place>', PLACE)
    .action(async (place: string, options: SharedOptions) => list(terminal, place, options));
  addSharedOptions(command.command('restore'))
    .description('Make a data directory of a snapshot, or bring back the documents of one collection.')
    .argument('<place>', PLACE)
    .argument('[id]', 'as snapshot ls names it (default: the latest)')
    .option('--replace', 'remove what the data directory holds now')
    .action(async (place: string, id: string | undefined, options: SharedOptions & { replace?: boolean }) =>
      restore(terminal, place, id, options),
    );
  addSharedOptions(command.command('schedule'))
    .description('Have the server of this data directory take snapshots by itself.')
    .argument('[place]', PLACE)
    .addOption(
      new Option('--every <time>', 'time between two, such as 6h or 7d')
        .argParser(period)
        .default(24 * HOUR_MS, '24h'),
    )
    .option('--keep <n>', 'how many stay', wholeNumber(1, 100_000), 7)
    .option('--off', 'no more of them')
    .action(async (place: string | undefined, options: ScheduleOptions) =>
      schedule(terminal, place, options),
    );
  return command;
}

interface ScheduleOptions extends SharedOptions {
  readonly every: number;
  readonly keep: number;
  readonly off?: boolean;
}

async function take(terminal: Terminal, place: string, options: TakeOptions): Promise<void> {
  const { only = false, keep, verify } = options;
  const taken = await runTransfer(terminal, options, {
    task: {
      task: 'snapshot',
      place: placeOf(place),
      isOne: only,
      isVerified: verify,
      ...(keep === undefined ? {} : { keep }),
    },
    mustExist: true,
  });
  if (options.json === true) terminal.out(JSON.stringify(taken));
  else if (options.quiet !== true) terminal.err(taken.sentence);
}

async function list(terminal: Terminal, place: string, { json }: SharedOptions): Promise<void> {
  const { listSnapshots, openObjectStore } = await import('../../transfer/index.ts');
  const all = await listSnapshots(await openObjectStore(placeOf(place), process.env));
  const { counted, size } = await import('../../server/index.ts');
  if (all.length === 0) terminal.err(`There are no snapshots in ${place}.`);
  for (const { files: _, ...about } of all) {
    const { id, kind, documents, size_bytes } = about;
    terminal.out(
      json === true
        ? JSON.stringify(about)
        : printable(`${id}  ${kind}  ${counted(documents, 'document', 'documents')}  ${size(size_bytes)}`),
    );
  }
}

async function restore(
  terminal: Terminal,
  place: string,
  id: string | undefined,
  options: SharedOptions & { readonly replace?: boolean },
): Promise<void> {
  const { fetchSnapshot, findSnapshot, openObjectStore, removeSnapshotFolder, restoreDirectory } =
    await import('../../transfer/index.ts');
  const store = await openObjectStore(placeOf(place), process.env);
  const manifest = await findSnapshot(store, id);
  if (manifest.kind === 'collection') {
    const task = { task: 'restore', place: placeOf(place), id: manifest.id } as const;
    const { problems: _, ...counts } = await runTransfer(terminal, options, { task });
    if (options.json === true) terminal.out(JSON.stringify(counts));
    else if (options.quiet !== true)
      terminal.err(
        `${counts.read} documents: ${counts.imported} brought back, ${counts.unchanged} there already, ${counts.superseded} not newer, ${counts.failed} refused.`,
      );
    return;
  }
  if (options.readOnly === 'on') throw openForReadingOnly();
  const dataDirectory = resolve(options.dataDir);
  const folder = await mkdtemp(join(dirname(dataDirectory), '.peregrine-restore-'));
  try {
    await fetchSnapshot(store, manifest, join(folder, 'files'));
    const restored = await restoreDirectory(join(folder, 'files'), dataDirectory, {
      replaces: options.replace === true,
    });
    if (options.json === true)
      terminal.out(JSON.stringify({ id: manifest.id, documents: manifest.documents }));
    else if (options.quiet !== true) terminal.err(`${manifest.id}: ${restored.sentence}`);
  } finally {
    await removeSnapshotFolder(folder);
  }
}

async function schedule(
  terminal: Terminal,
  place: string | undefined,
  { dataDir, every, keep, off, quiet, readOnly }: ScheduleOptions,
): Promise<void> {
  const isChange = off === true || place !== undefined;
  if (isChange && readOnly === 'on') throw openForReadingOnly();
  const { readPlan, writePlan } = await import('../../transfer/index.ts');
  const directory = resolve(dataDir);
  if (off === true) await writePlan(directory, undefined);
  else if (place !== undefined) await writePlan(directory, { place: placeOf(place), every_ms: every, keep });
  const plan = await readPlan(directory);
  if (quiet === true) return;
  terminal.err(
    plan === undefined
      ? 'No snapshots are taken by themselves.'
      : `While it runs, the server takes a snapshot to ${plan.place} every ${periodText(plan.every_ms)} and keeps ${plan.keep}.`,
  );
}

/** `7d`, `24h`, `30m`: as it would be given. */
function periodText(time_ms: number): string {
  const units = [
    ['d', 24 * HOUR_MS],
    ['h', HOUR_MS],
    ['m', HOUR_MS / 60],
  ] as const;
  const [letter, unit_ms] = units.find(([, ms]) => time_ms % ms === 0) ?? ['s', 1_000];
  return `${time_ms / unit_ms}${letter}`;
}

/** The process that writes may stand in another folder. */
function placeOf(place: string): string {
  if (place === '') throw new PeregrineError('BAD_ARGUMENT', 'Say where: a folder, or s3://bucket/prefix.');
  // An address stays as it is, also one that is refused later.
  return /^[a-z][a-z0-9+.-]+:\//i.test(place) ? place : resolve(place);
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS };

function period(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const time_ms = Number(count) * (UNITS[unit] ?? 0);
  if (time_ms > 0) return time_ms;
  throw new InvalidArgumentError('It must be like 30m, 6h or 7d.');
}
