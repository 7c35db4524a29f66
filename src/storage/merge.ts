/**
 * Merges runs of one database into one, part by part: a finished part is synced, then one edit adds it, says up to
 * which key the sources are consumed, and drops the source parts behind that key. Killed at any step, it goes on where
 * the manifest says.
 */

import { must } from '../base/index.ts';
import type { DatabaseName } from './databases.ts';
import { compareKeys } from './key-order.ts';
import type { Manifest } from './manifest.ts';
import {
  type DatabaseFiles,
  type ManifestEdit,
  type MergeEntry,
  type PartEntry,
  runBytes,
  type RunEntry,
  runOf,
} from './manifest-state.ts';
import type { MergeBrake } from './merge-brake.ts';
import type { MergeExecutor } from './merge-executor.ts';
import { COMPRESSED_RUN_BYTES, type PartOptions } from './part-writer.ts';
import type { PartPlace } from './run-writer.ts';
import type { StoreFiles } from './store-files.ts';

export interface MergeContext extends PartPlace {
  readonly database: DatabaseName;
  readonly manifest: Manifest;
  readonly files: StoreFiles;
  readonly executor: MergeExecutor;
  readonly brake: MergeBrake;
  /** Asked before each part: waits while there is no room for one; false ends the merge, to go on another time. */
  readonly mayWrite: () => Promise<boolean>;
  /** Told what is left of the sources, at the beginning and behind each part. */
  readonly onPart: ((left_bytes: number) => void) | undefined;
}

/** Writes down that `sources` (run numbers) are to become one run. */
export async function beginMerge(context: MergeContext, sources: readonly number[]): Promise<void> {
  const { database, manifest, files } = context;
  const target = manifest.takeRun();
  await manifest.adopt(
    () => {
      const runs = sources.map((source) => runOf(manifest.state.databases[database], source));
      const order = Math.max(...runs.map((run) => run.order));
      return [
        { edit: 'addRun', database, run: target, order },
        { edit: 'beginMerge', database, merge: { target, sources } },
      ];
    },
    () => files.refresh(),
  );
}

/** Goes on with the merge that the manifest names, to its end; false when it was stopped before. */
export async function continueMerge(context: MergeContext): Promise<boolean> {
  const { database, manifest, files, executor, brake } = context;
  const merge = must(manifest.state.databases[database].merge, 'a merge that was begun');
  const { order } = runOf(manifest.state.databases[database], merge.target);
  const saves: PartOptions['saves'] = bytesOf(context, merge) < COMPRESSED_RUN_BYTES ? 'time' : 'space';
  const dropTombstones = !hasOlderRun(context, merge);
  for (;;) {
    context.onPart?.(sourceBytes(manifest.state.databases[database]));
    if (!(await context.mayWrite())) return false;
    const { mark } = files.partNames;
    const { number, path } = context.nextPart();
    const sources = files.runs(database).filter(({ entry }) => merge.sources.includes(entry.number));
    const target = { number, path, order, saves };
    const step = { database, target, dropTombstones, part_bytes: context.part_bytes };
    // Before the merge itself looks for map pages.
    const heat = files.heat(database);
    const done = await executor.merge(sources, step, brake);
    if (done === undefined) return false;
    if (done.part !== undefined) await files.partNames.sync(mark);
    const edits = (): ManifestEdit[] =>
      done.isEnd
        ? editsOfEnd(context, merge, done.part)
        : editsOfPart(context, merge, must(done.part, 'a part in the middle of a merge'));
    const parts = done.part === undefined ? [] : [done.part];
    try {
      await files.welcome(database, parts, heat);
      await manifest.adopt(edits, () => files.refresh());
    } finally {
      await files.dismiss(parts);
    }
    if (!done.isEnd) continue;
    context.onPart?.(0);
    return true;
  }
}

/** What a merge under way still holds of its sources. */
export function sourceBytes(files: DatabaseFiles): number {
  return (files.merge?.sources ?? []).reduce((sum, run) => sum + runBytes(runOf(files, run)), 0);
}

/** Sources and target: about what the target will have. */
function bytesOf({ manifest, database }: MergeContext, { target }: MergeEntry): number {
  const files = manifest.state.databases[database];
  return runBytes(runOf(files, target)) + sourceBytes(files);
}

/** Tombstones must stay while an older run may hold what they delete, or may have held it before it was lost. */
function hasOlderRun({ manifest, database }: MergeContext, merge: MergeEntry): boolean {
  const files = manifest.state.databases[database];
  const { runs, losses } = files;
  const oldest = Math.min(...merge.sources.map((source) => runOf(files, source).order));
  if (losses.length > 0) return true;
  return runs.some(({ number, order }) => order < oldest && !merge.sources.includes(number));
}

/** Nothing is removed before the target's part is durable, by name too. */
function editsOfPart(
  { database, manifest }: MergeContext,
  merge: MergeEntry,
  part: PartEntry,
): ManifestEdit[] {
  return [
    { edit: 'addPart', database, run: merge.target, part },
    ...merge.sources.flatMap((source) => {
      return consumedEdits(database, runOf(manifest.state.databases[database], source), part.lastKey);
    }),
  ];
}

function consumedEdits(database: DatabaseName, run: RunEntry, key: Uint8Array): ManifestEdit[] {
  const behind = run.parts.filter(({ lastKey }) => compareKeys(lastKey, key) <= 0);
  return [
    { edit: 'consumed', database, run: run.number, key },
    ...behind.map(({ number }): ManifestEdit => ({
      edit: 'removePart',
      database,
      run: run.number,
      part: number,
    })),
  ];
}

function editsOfEnd(
  { database, manifest }: MergeContext,
  merge: MergeEntry,
  part: PartEntry | undefined,
): ManifestEdit[] {
  const edits: ManifestEdit[] = merge.sources.map((run) => ({ edit: 'removeRun', database, run }));
  const isEmpty =
    part === undefined && runOf(manifest.state.databases[database], merge.target).parts.length === 0;
  if (isEmpty) edits.push({ edit: 'removeRun', database, run: merge.target });
  if (part !== undefined) edits.push({ edit: 'addPart', database, run: merge.target, part });
  return [...edits, { edit: 'endMerge', database }];
}
