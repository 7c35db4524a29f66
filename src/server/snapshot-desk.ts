/** Snapshots as administrators ask for them, by page or by program: taken and brought back in the background, planned, listed. */

import { messageOf, openForReadingOnly, PeregrineError } from '../base/index.ts';
import type { CollectionName } from '../collection/index.ts';
import {
  listSnapshots,
  openObjectStore,
  readPlan,
  runTransferTask,
  type SnapshotManifest,
  type SnapshotPlan,
  writePlan,
} from '../transfer/index.ts';
import type { ServerContext } from './server-context.ts';

/** What is told of a snapshot: all but the list of its files. */
export type ListedSnapshot = Omit<SnapshotManifest, 'files' | 'version'> & { readonly files: number };

export interface SnapshotOrder {
  /** A folder of this machine, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Undefined: the whole data directory. */
  readonly collection?: CollectionName | undefined;
  readonly keep?: number | undefined;
  readonly isVerified?: boolean | undefined;
}

/** Begins to take one; returns the task's id. `ALREADY_EXISTS`, `QUEUE_FULL`. */
export function takeInBackground(
  { engine, tasks, defaultCollection }: ServerContext,
  order: SnapshotOrder,
): string {
  if (engine.isReadOnly) throw openForReadingOnly();
  const { place, collection, keep, isVerified } = order;
  const what = collection === undefined ? 'everything' : collection;
  return tasks.start(`Snapshot of ${what} to ${place}`, async () => {
    const { sentence } = await runTransferTask(engine, collection ?? defaultCollection, {
      task: 'snapshot',
      place,
      isOne: collection !== undefined,
      ...(keep === undefined ? {} : { keep }),
      ...(isVerified === undefined ? {} : { isVerified }),
    });
    return { sentences: [sentence], isSound: true };
  });
}

/** Begins to bring a collection's snapshot back; returns the task's id. What is there and newer stays. */
export function restoreInBackground(
  { engine, tasks }: ServerContext,
  { place, id, collection }: { place: string; id?: string | undefined; collection: CollectionName },
): string {
  if (engine.isReadOnly) throw openForReadingOnly();
  return tasks.start(`Bring ${id ?? 'the latest snapshot'} back into ${collection}`, async () => {
    const task = { task: 'restore', place, ...(id === undefined ? {} : { id }) } as const;
    const report = await runTransferTask(engine, collection, task);
    const { read, imported, unchanged, superseded, failed } = report;
    return {
      sentences: [
        `${read} documents: ${imported} brought back, ${unchanged} there already, ${superseded} not newer, ${failed} refused.`,
      ],
      isSound: failed === 0,
    };
  });
}

export async function planOf({ engine }: ServerContext): Promise<SnapshotPlan | undefined> {
  return readPlan((await engine.status()).dataDirectory);
}

/** Undefined: no more of them. */
export async function setPlan(
  { engine }: ServerContext,
  plan: Omit<SnapshotPlan, 'version'> | undefined,
): Promise<void> {
  if (engine.isReadOnly) throw openForReadingOnly();
  // A place that can't be opened is refused now, not at night.
  if (plan !== undefined) await openObjectStore(plan.place, process.env);
  const { dataDirectory } = await engine.status();
  try {
    await writePlan(dataDirectory, plan);
  } catch (error) {
    throw new PeregrineError(
      'IO',
      `The plan can't be written: ${messageOf(error)}.`,
      { file: dataDirectory },
      error,
    );
  }
}

/** Of a place, the latest first. `IO`, `BAD_ARGUMENT`, `CORRUPT`. */
export async function snapshotsAt(place: string): Promise<readonly ListedSnapshot[]> {
  const all = await listSnapshots(await openObjectStore(place, process.env));
  return all
    .map(({ id, kind, collection, createdAt_ms, documents, size_bytes, files }) => {
      return { id, kind, collection, createdAt_ms, documents, size_bytes, files: files.length };
    })
    .toReversed();
}
