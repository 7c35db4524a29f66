/** A collection's place in the crawler: its job, its run where it has one, and the jobs that follow one another. */

import { type CollectionId, PeregrineError } from '../base/index.ts';
import type { CrawlEvent, CrawlProgress } from './crawl-contract.ts';
import { type CrawlJob, type CrawlSettings, isWholePass, MAX_SCOPE_RULES } from './crawl-job.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { NewRequest } from './frontier.ts';
import type { ScopeRule } from './scope.ts';
import { Tally } from './tally.ts';

/** Why a run ended: nothing left (or its limit reached), asked to stop, or storage that failed. */
export type RunEnd = 'done' | 'stopped' | 'failed';

/** What a crawl is done by while it runs: this process alone, or several. */
export interface Run {
  readonly totals: TallyRecord;
  /** It met everything that can be met: no limit cut it, and it was no refresh of a few. */
  readonly wasWhole: boolean;
  progress(): CrawlProgress;
  /** Widens a crawl that runs. */
  widen(job: CrawlJob): void;
  /** Makes requests durable and has them visited. */
  add(requests: readonly NewRequest[]): Promise<void>;
  /** Works until nothing is left, a limit is reached, or {@link stop}. Never rejects. */
  work(): Promise<RunEnd>;
  /** Lets what is under way end (`now`: cuts it), and begins nothing new. */
  stop(now: boolean): void;
}

/** A collection's crawl in this process. */
export interface Seat {
  job: CrawlJob;
  run: Run | undefined;
  /** Settles when the present run is over and its books are closed. */
  ended: Promise<void>;
  /** What was asked for last; a run that ends otherwise is begun again. */
  wanted: 'running' | 'paused';
  /** Seeds came in while a run may have been ending. */
  mustRunAgain: boolean;
  /** It is to rest for the program's own reasons: nobody is told. */
  endsQuietly: boolean;
  readonly recent: CrawlEvent[];
}

export function seatOf(job: CrawlJob): Seat {
  return {
    job,
    run: undefined,
    ended: Promise.resolve(),
    wanted: 'running',
    mustRunAgain: false,
    endsQuietly: false,
    recent: [],
  };
}

/** The job that a request makes of an earlier one: a paused crawl goes on, a finished one begins its next round. */
export function nextJob(
  collection: CollectionId,
  before: CrawlJob | undefined,
  settings: CrawlSettings,
  scope: readonly ScopeRule[],
  now_ms: number,
): CrawlJob {
  const goesOn = before !== undefined && before.state !== 'done';
  const round = before === undefined ? 1 : before.round + (goesOn ? 0 : 1);
  const isSameScope = before !== undefined && isSame(before.scope, scope);
  return {
    collection,
    state: 'running',
    ...(goesOn && !isWholePass(before) && { isMixed: true }),
    // What another scope did not meet says nothing of this one's pages.
    ...((goesOn || isSameScope) && before.wholePasses && { wholePasses: before.wholePasses }),
    ...(before?.tidiedAt_ms !== undefined && { tidiedAt_ms: before.tidiedAt_ms }),
    round,
    startedAt_ms: goesOn ? before.startedAt_ms : now_ms,
    endedAt_ms: 0,
    settings,
    scope: goesOn ? joined(before.scope, scope) : scope,
    totals: before?.totals ?? new Tally(round).record(),
  };
}

const ruleName = ({ kind, value }: ScopeRule): string => `${kind} ${value}`;

function isSame(a: readonly ScopeRule[], b: readonly ScopeRule[]): boolean {
  const known = new Set(a.map(ruleName));
  return known.size === b.length && b.every((rule) => known.has(ruleName(rule)));
}

export function joined(before: readonly ScopeRule[], more: readonly ScopeRule[]): readonly ScopeRule[] {
  const isNew = (rule: ScopeRule): boolean =>
    !before.some(({ kind, value }) => kind === rule.kind && value === rule.value);
  const rules = [...before, ...more.filter(isNew)];
  if (rules.length > MAX_SCOPE_RULES) {
    throw new PeregrineError(
      'TOO_LARGE',
      `A crawl takes at most ${MAX_SCOPE_RULES} sites; these would make ${rules.length}.`,
    );
  }
  return rules;
}

/** What is told of a collection that was never crawled. */
export function idle(collection: CollectionId): CrawlProgress {
  return {
    collection,
    state: 'idle',
    queued: 0,
    fetched: 0,
    inFlight: 0,
    indexed: 0,
    failed: 0,
    outcomes: {},
    pages_per_s: 0,
    startedAt_ms: 0,
    recent: [],
  };
}
