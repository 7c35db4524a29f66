/** Makes an installation forget pages: gone from the index, banned, and no byte of them left in any of its files. */

import { type Clock, PeregrineError, systemClock } from '../base/index.ts';
import { type CollectionName, documentUrl, type Engine } from '../collection/index.ts';
import { toTheLetter } from './found-documents.ts';
import { type SnapshotFinding, snapshotsHolding } from './snapshots/snapshot-search.ts';

export interface ForgetRequest {
  /** Addresses, or what a query finds to the letter. */
  readonly urls?: readonly string[];
  readonly query?: string;
  /** Time until every byte has to be gone, ms. Default {@link FORGET_WITHIN_MS}. */
  readonly within_ms?: number;
  /** Open every snapshot that this installation knows of, and tell which hold the pages. Default true. */
  readonly looksIntoSnapshots?: boolean;
  readonly clock?: Clock;
}

export interface ForgetReport {
  /** Pages that were there. */
  readonly removed: number;
  /** Pages that are banned now, those that were not there among them. */
  readonly banned: number;
  /** Until the bytes were gone from the data directory. */
  readonly took_ms: number;
  /** Snapshots that hold one of the pages still, and those of which that can't be said. */
  readonly snapshots: readonly SnapshotFinding[];
  readonly sentence: string;
}

export const FORGET_WITHIN_MS = 3_600_000;
const NAMED_SNAPSHOTS = 10;

/** Resolves when the bytes are gone. `DEADLINE` where they are not by then: the pages are removed and banned all the same. */
export async function forgetPages(
  engine: Engine,
  collection: CollectionName,
  request: ForgetRequest,
): Promise<ForgetReport> {
  const { clock = systemClock, within_ms = FORGET_WITHIN_MS } = request;
  const began_ms = clock.monotonic();
  const urls = [...(request.urls ?? [])];
  if (request.query !== undefined) urls.push(...(await urlsOf(engine, collection, request.query)));
  if (urls.length === 0) throw new PeregrineError('NOT_FOUND', 'No page is like that; nothing is forgotten.');
  const removed = await engine.forget(collection, urls);
  const stop = new AbortController();
  const deadline = clock.sleep(within_ms, stop.signal).then(
    () => 'late' as const,
    () => 'stopped' as const,
  );
  const erased = engine.erase().then(() => 'done' as const);
  const first = await Promise.race([erased, deadline]);
  stop.abort();
  if (first === 'late') {
    // It goes on; only the promise of a time is broken, and that is told.
    erased.catch(() => undefined);
    throw new PeregrineError(
      'DEADLINE',
      `After ${within_ms} ms not every file is written anew yet; it goes on.`,
      {
        removed,
        within_ms,
      },
    );
  }
  const took_ms = clock.monotonic() - began_ms;
  const { looksIntoSnapshots = true } = request;
  const question = { collection, urls: urls.map(documentUrl) };
  const snapshots = looksIntoSnapshots ? await snapshotsHolding(engine, question) : undefined;
  return {
    removed,
    banned: urls.length,
    took_ms,
    snapshots: snapshots ?? [],
    sentence: `No file of this data directory holds them any more. ${sentenceOf(snapshots)} Exports and bundles that were made before do, until you delete them.`,
  };
}

/** What is told of snapshots; undefined: nobody looked. */
function sentenceOf(snapshots: readonly SnapshotFinding[] | undefined): string {
  if (snapshots === undefined) return 'Snapshots that were made before were not looked into.';
  const named = snapshots.map(({ place, id, pages, why }) => {
    const name = id === '' ? place : `${id} in ${place}`;
    return why === undefined ? `${name} (${pages})` : `${name} (can't be said: ${why})`;
  });
  const shown = named.slice(0, NAMED_SNAPSHOTS).join(', ');
  const more = named.length > NAMED_SNAPSHOTS ? `, and ${named.length - NAMED_SNAPSHOTS} more` : '';
  return named.length === 0
    ? 'No snapshot that it knows of does.'
    : `Snapshots that still do, until you delete them: ${shown}${more}.`;
}

/** All of them, to the letter, not only those that results reach. */
async function urlsOf(engine: Engine, collection: CollectionName, query: string): Promise<string[]> {
  const urls: string[] = [];
  for await (const { url } of engine.stream(collection, toTheLetter(query))) urls.push(url);
  return urls;
}
