/**
 * Merges runs of one database into one, part by part: a finished part is synced, then one edit adds it, says up to
 * which key the sources are consumed, and drops the source parts behind that key. Killed at any step, it goes on where
 * the manifest says.
 */

import { must } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { compareKeys } from './key-order.ts';
import type { Manifest } from './manifest.ts';
import {
  type ManifestEdit,
  type MergeEntry,
  type PartEntry,
  type RunEntry,
  runOf,
} from './manifest-state.ts';
import { type MergedEntry, MergedWalk } from './merged-walk.ts';
import { PartWriter } from './part-writer.ts';
import { RunWalk } from './run.ts';
import { type PartPlace, Turns } from './run-writer.ts';
import type { ReadManner } from './retrying-reads.ts';
import type { StoreFiles } from './store-files.ts';

export interface MergeContext extends PartPlace {
  readonly disk: Disk;
  readonly database: DatabaseName;
  readonly manifest: Manifest;
  readonly files: StoreFiles;
  /** Asked between entries: true ends the merge at the next step, to go on another time. */
  readonly shouldStop: () => boolean;
}

const BACKGROUND: ReadManner = { priority: 'background' };

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
  const { database, manifest, files, shouldStop } = context;
  const merge = must(manifest.state.databases[database].merge, 'a merge that was begun');
  const dropTombstones = !hasOlderRun(context, merge);
  const { keyBytes } = DATABASES[database];
  const readers = files.runs(database).filter(({ entry }) => merge.sources.includes(entry.number));
  const walks = readers.map(
    (run) =>
      new RunWalk(run, new Uint8Array(keyBytes), new Uint8Array(keyBytes).fill(0xff), {
        holdsAll: false,
        manner: BACKGROUND,
      }),
  );
  const walk = new MergedWalk(walks);
  const turns = new Turns();
  let { mark } = context.files.partNames;
  let writer: PartWriter | undefined;
  try {
    for (;;) {
      if (shouldStop()) return false;
      const entry = walk.step();
      if (entry === undefined) break;
      if (entry === 'page') {
        await walk.load();
        continue;
      }
      const value = await valueOf(entry);
      await turns.after(entry.key.length + (value?.length ?? 0));
      if (value === undefined && dropTombstones) continue;
      if (writer === undefined) {
        mark = context.files.partNames.mark;
        writer = await createPart(context, merge);
      }
      await writer.add(entry.key, value);
      if (writer.size_bytes < context.part_bytes) continue;
      const finished: PartWriter = writer;
      writer = undefined;
      const part = await finished.finish();
      await adoptPart(context, merge, part, mark);
    }
    const last = writer;
    writer = undefined;
    await adoptEnd(context, merge, await last?.finish(), mark);
    return true;
  } finally {
    await writer?.abandon();
    await walk.close();
  }
}

/** Tombstones must stay while an older run may hold what they delete, or may have held it before it was lost. */
function hasOlderRun({ manifest, database }: MergeContext, merge: MergeEntry): boolean {
  const files = manifest.state.databases[database];
  const { runs, losses } = files;
  const oldest = Math.min(...merge.sources.map((source) => runOf(files, source).order));
  if (losses.length > 0) return true;
  return runs.some(({ number, order }) => order < oldest && !merge.sources.includes(number));
}

async function createPart(context: MergeContext, { target }: MergeEntry): Promise<PartWriter> {
  const { database, disk, manifest } = context;
  const { number, path } = context.nextPart();
  const { order } = runOf(manifest.state.databases[database], target);
  return PartWriter.create(disk, path, number, database, order);
}

async function valueOf({ key, value, part }: MergedEntry): Promise<Uint8Array | undefined> {
  return value.kind === 'inline' ? value.bytes : part?.valueOf(key, value, BACKGROUND);
}

/** Nothing is removed before the target's part is durable, by name too. */
async function adoptPart(
  context: MergeContext,
  merge: MergeEntry,
  part: PartEntry,
  mark: number,
): Promise<void> {
  const { database, manifest, files } = context;
  await files.partNames.sync(mark);
  await manifest.adopt(
    () => [
      { edit: 'addPart', database, run: merge.target, part },
      ...merge.sources.flatMap((source) => {
        return consumedEdits(database, runOf(manifest.state.databases[database], source), part.lastKey);
      }),
    ],
    () => files.refresh(),
  );
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

async function adoptEnd(
  context: MergeContext,
  merge: MergeEntry,
  part: PartEntry | undefined,
  mark: number,
): Promise<void> {
  const { database, manifest, files } = context;
  if (part !== undefined) await files.partNames.sync(mark);
  await manifest.adopt(
    () => {
      const edits: ManifestEdit[] = merge.sources.map((run) => ({ edit: 'removeRun', database, run }));
      const isEmpty =
        part === undefined && runOf(manifest.state.databases[database], merge.target).parts.length === 0;
      if (isEmpty) edits.push({ edit: 'removeRun', database, run: merge.target });
      if (part !== undefined) edits.push({ edit: 'addPart', database, run: merge.target, part });
      return [...edits, { edit: 'endMerge', database }];
    },
    () => files.refresh(),
  );
}
