/**
 * Progress as server-sent events, for programs: what is under way in a collection, sent when it changes, until nothing is.
 * The last event is `end`; who reads it with an `EventSource` closes it then, for that would ask again.
 */

import { Readable } from 'node:stream';

import { type Clock, isPeregrineError, type LogSink } from '../base/index.ts';
import type { CareProgress, Engine } from '../collection/index.ts';
import type { CrawlProgress } from '../crawl/index.ts';
import { type ImportReport, importsOf } from '../transfer/index.ts';

export const EVENTS_TYPE = 'text/event-stream; charset=utf-8';

/** Looks without a change after which the reader hears something nevertheless. */
const SILENT_LOOKS = 20;

export interface Progress {
  readonly collection: string;
  readonly crawl: Omit<CrawlProgress, 'recent'>;
  /** Checks, repairs and rebuilds of its index. */
  readonly index: readonly CareProgress[];
  /** Imports of a Gigablast's files; where the files lie is not told. */
  readonly imports: readonly ImportProgress[];
}

type ImportProgress = Pick<
  ImportReport,
  'id' | 'state' | 'isDryRun' | 'read' | 'total' | 'imported' | 'failed' | 'documents_per_s' | 'remaining_s'
>;

export interface ProgressSources {
  readonly engine: Engine;
  readonly log: LogSink;
  readonly clock: Clock;
  readonly interval_ms: number;
}

/** It stops when the reader goes away, or `signal` aborts. */
export function progressStream(sources: ProgressSources, collection: string, signal: AbortSignal): Readable {
  const left = new AbortController();
  const stream = Readable.from(events(sources, collection, AbortSignal.any([left.signal, signal])));
  stream.once('close', () => left.abort());
  return stream;
}

async function* events(
  { engine, log, clock, interval_ms }: ProgressSources,
  collection: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let last = '';
  let looks = 0;
  for (;;) {
    const progress = await progressOf(engine, log, collection);
    if (progress === undefined) return;
    const data = JSON.stringify(progress);
    if (!isUnderWay(progress)) {
      yield event('end', data);
      return;
    }
    looks += 1;
    if (data !== last) yield event('progress', data);
    // A word now and then, so that nobody on the way takes the connection for dead.
    else if (looks >= SILENT_LOOKS) yield ': still here\n\n';
    if (data !== last || looks >= SILENT_LOOKS) looks = 0;
    last = data;
    await clock.sleep(interval_ms, signal).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** Undefined where the collection is gone, or the engine closes. */
async function progressOf(engine: Engine, log: LogSink, collection: string): Promise<Progress | undefined> {
  try {
    const { recent: _recent, ...crawl } = engine.crawlProgress(collection);
    const reports = await importsOf(engine, log).reports(collection);
    return {
      collection,
      crawl,
      index: engine.indexCare.progress().filter((one) => one.collection === collection),
      imports: reports.filter(({ state }) => state === 'running').map(importProgress),
    };
  } catch (error) {
    if (isPeregrineError(error, 'NOT_FOUND') || isPeregrineError(error, 'CLOSED')) return undefined;
    throw error;
  }
}

function importProgress(report: ImportReport): ImportProgress {
  const { id, state, isDryRun, read, total, imported, failed, documents_per_s, remaining_s } = report;
  return { id, state, isDryRun, read, total, imported, failed, documents_per_s, remaining_s };
}

function isUnderWay({ crawl, index, imports }: Progress): boolean {
  return crawl.state === 'running' || index.length > 0 || imports.length > 0;
}

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;
