/** Brings a feed's documents in: so many in flight, the same comparison with what is there as any import, a report. */

import { type Clock, messageOf, PeregrineError, systemClock } from '../base/index.ts';
import { type CollectionName, documentUrl, type Engine } from '../collection/index.ts';
import { BroughtDocuments } from './brought-documents.ts';
import type { Feed, FeedItem, FeedPlace } from './feeds/feed.ts';
import { DEFAULT_AT_ONCE } from './import-job.ts';
import {
  type ConflictPolicy,
  countsOf,
  ImportStopped,
  isStopping,
  storeSource,
  UrlTurns,
} from './import-record.ts';
import { addCounts, type ImportCounts, NO_COUNTS } from './import-report.ts';

export interface FeedProblem extends FeedPlace {
  readonly url: string;
  readonly why: string;
}

export interface FeedReport extends ImportCounts {
  readonly lost_bytes: number;
  /** The first ones; `failed` and `lost_bytes` count all. */
  readonly problems: readonly FeedProblem[];
}

export interface FeedOptions {
  /** Documents in flight, default {@link DEFAULT_AT_ONCE}. */
  readonly atOnce?: number;
  readonly isDryRun?: boolean;
  /** Default: the one that was fetched later stays. */
  readonly conflicts?: ConflictPolicy;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly onProgress?: (report: FeedReport) => void;
}

const LISTED = 1_000;

/** Rejects with errors of storage and of reading, and with `CANCELLED`; documents that are refused are counted and listed. */
export async function importFeed(
  engine: Engine,
  collection: CollectionName,
  feed: Feed,
  options: FeedOptions = {},
): Promise<FeedReport> {
  const { atOnce = DEFAULT_AT_ONCE, isDryRun = false, clock = systemClock } = options;
  const { conflicts = 'newest' } = options;
  const brought = new BroughtDocuments({ keepsDocuments: isDryRun });
  const context = { engine, collection, isDryRun, clock, conflicts, brought };
  const urls = new UrlTurns();
  const running = new Set<Promise<void>>();
  const problems: FeedProblem[] = [];
  const errors: unknown[] = [];
  let counts = NO_COUNTS;
  let lost_bytes = 0;
  const report = (): FeedReport => ({ ...counts, lost_bytes, problems });
  const refuse = (place: FeedPlace, url: string, code: string, why: string): void => {
    counts = addCounts(counts, { read: 1, failed: 1, reasons: { [code]: 1 } });
    if (problems.length < LISTED) problems.push({ ...place, url, why });
  };
  const settle = async (item: FeedItem): Promise<void> => {
    try {
      const outcome = await outcomeOf(item);
      counts = addCounts(counts, { read: 1, ...outcome });
    } catch (error) {
      if (isStopping(error)) errors.push(error instanceof ImportStopped ? error.cause : error);
      else {
        const url = item.kind === 'document' ? item.source.url : '';
        refuse(item.place, url, error instanceof PeregrineError ? error.code : 'INTERNAL', messageOf(error));
      }
    }
  };
  const outcomeOf = async (item: FeedItem): Promise<Partial<ImportCounts>> => {
    if (item.kind === 'removal') {
      await urls.hold(item.url, async () => isDryRun || engine.remove(collection, { url: item.url }));
      brought.remove(documentUrl(item.url));
      return { tombstones: 1 };
    }
    if (item.kind === 'skipped') return countsOf({ outcome: 'skipped', reason: item.why });
    if (item.kind !== 'document') return { skipped: 1 };
    const { source } = item;
    return countsOf(await urls.hold(source.url, async () => storeSource(context, source)));
  };
  try {
    for await (const item of feed) {
      if (options.signal?.aborted === true || errors.length > 0) break;
      if (item.kind === 'lost') {
        lost_bytes += item.size_bytes;
        const lost = item.size_bytes === 0 ? '' : `${item.size_bytes} bytes lost, `;
        if (problems.length < LISTED) problems.push({ ...item.place, url: '', why: lost + item.why });
      } else if (item.kind === 'refused') refuse(item.place, '', 'UNREADABLE', item.why);
      else {
        const task = settle(item).finally(() => running.delete(task));
        running.add(task);
        if (running.size >= atOnce) await Promise.race(running);
      }
      options.onProgress?.(report());
    }
  } finally {
    // What is on its way is stored or refused, whatever ends the feed.
    await Promise.all(running);
  }
  if (errors.length > 0) throw errors[0];
  if (options.signal?.aborted === true) throw stoppedAt(report(), isDryRun);
  return report();
}

function stoppedAt({ read, imported }: FeedReport, isDryRun: boolean): PeregrineError {
  const goesOn = isDryRun ? '' : ' Started again, it passes over what is there already.';
  return new PeregrineError(
    'CANCELLED',
    `The import was stopped after ${read} records, ${imported} of them ${isDryRun ? 'to be ' : ''}imported.${goesOn}`,
    { read, imported },
  );
}
