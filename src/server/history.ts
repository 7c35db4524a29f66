/**
 * What the process was like over time: measured every ten seconds for the last hour, every minute (durable, in the
 * engine's statistics) for the last month. The plots of the administration are drawn from it.
 */

import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import {
  type Engine,
  type EngineStatus,
  STATISTICS_STEP_MS,
  type StatisticsSample,
} from '../collection/index.ts';
import { diskUse } from './wording.ts';

/** The numbers that are kept. Names stay: they stand on disk. */
export type Metric =
  | 'documents'
  | 'queued'
  | 'fetched_per_s'
  | 'disk_bytes'
  | 'rss_bytes'
  | 'memory.memtables_bytes'
  | 'memory.index_bytes'
  | 'memory.heap_bytes'
  | 'memory.other_bytes'
  | 'searches_per_s'
  | 'search.p50_ms'
  | 'search.p99_ms';

export type Period = 'hour' | 'day' | 'week' | 'month';
export const PERIODS: Readonly<Record<Period, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 31 * 86_400_000,
};

const SAMPLE_MS = 10_000;
const SAMPLES_KEPT = 360;
/** Points of a plot; longer series are averaged in steps. */
const POINTS_MAX = 240;
/** Search times kept between two samples: more than that tell no more. */
const TIMES_KEPT = 2_048;

export class History {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #recent: StatisticsSample[] = [];
  #times_ms: number[] = [];
  #searches = 0;
  /** At the last sample; none before the first, for crawls of earlier processes count on. */
  #fetched: number | undefined;
  #sampledAt_ms: number;
  #minute = -1;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Engine, clock: Clock, log: LogSink) {
    this.#engine = engine;
    this.#clock = clock;
    this.#log = log;
    this.#sampledAt_ms = clock.monotonic();
  }

  /** Begins to measure; the first sample is taken at once, so that the first page has something to show. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#tick(), SAMPLE_MS).unref();
    void this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A search took so long, from the request to the answer. */
  addSearch(took_ms: number): void {
    this.#searches += 1;
    if (this.#times_ms.length < TIMES_KEPT) this.#times_ms.push(took_ms);
  }

  /** Samples of the last `period`, at most {@link POINTS_MAX}, oldest first. */
  async of(period: Period): Promise<readonly StatisticsSample[]> {
    const now_ms = this.#clock.now();
    const from_ms = now_ms - PERIODS[period];
    const recent = this.#recent.filter(({ at_ms }) => at_ms >= from_ms);
    const firstRecent_ms = recent[0]?.at_ms ?? now_ms;
    const stored = await this.#engine.statistics.read(from_ms, firstRecent_ms - 1);
    return averaged([...stored, ...recent], PERIODS[period] / POINTS_MAX);
  }

  async #tick(): Promise<void> {
    try {
      const sample = this.sample(await this.#engine.status());
      this.#recent.push(sample);
      if (this.#recent.length > SAMPLES_KEPT) this.#recent.shift();
      const minute = Math.floor(sample.at_ms / STATISTICS_STEP_MS);
      if (minute === this.#minute) return;
      this.#minute = minute;
      if (!this.#engine.isReadOnly) await this.#engine.statistics.append(sample);
    } catch (error) {
      // A full disk or a closing engine: the plots have a gap then, and nothing else comes of it.
      this.#log.write('debug', 'server.no-sample', { message: messageOf(error) });
    }
  }

  /** Takes a sample now, and begins the next stretch of time. */
  sample(status: EngineStatus): StatisticsSample {
    const elapsed_s = Math.max(0.001, (this.#clock.monotonic() - this.#sampledAt_ms) / 1000);
    this.#sampledAt_ms = this.#clock.monotonic();
    const fetched = sum(status.collections, ({ crawl }) => crawl.fetched);
    const fetchedNow = Math.max(0, fetched - (this.#fetched ?? fetched));
    this.#fetched = fetched;
    const times_ms = this.#times_ms.sort((a, b) => a - b);
    const quantile = (part: number): number =>
      times_ms[Math.min(times_ms.length - 1, Math.floor(times_ms.length * part))] ?? 0;
    const values: Partial<Record<Metric, number>> = {
      documents: status.documents,
      queued: sum(status.collections, ({ crawl }) => crawl.queued),
      fetched_per_s: fetchedNow / elapsed_s,
      disk_bytes: diskUse(status).all_bytes,
      rss_bytes: status.rss_bytes,
      ...memoryByOwner(status),
      searches_per_s: this.#searches / elapsed_s,
      ...(times_ms.length === 0 ? {} : { 'search.p50_ms': quantile(0.5), 'search.p99_ms': quantile(0.99) }),
    };
    this.#searches = 0;
    this.#times_ms = [];
    return { at_ms: this.#clock.now(), values };
  }
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

/** Who holds the memory of the process. What is asked for but not resident is left out of the last. */
function memoryByOwner({ shards, rss_bytes }: EngineStatus): Partial<Record<Metric, number>> {
  const memtables = shards.reduce((sum, { memtable_bytes }) => sum + memtable_bytes, 0);
  const index = shards.reduce((sum, { derived_bytes }) => sum + derived_bytes, 0);
  const heap = process.memoryUsage().heapTotal;
  return {
    'memory.memtables_bytes': memtables,
    'memory.index_bytes': index,
    'memory.heap_bytes': heap,
    'memory.other_bytes': Math.max(0, rss_bytes - memtables - index - heap),
  };
}

/** One sample for each stretch of `step_ms` that has any: the mean of those in it. */
export function averaged(samples: readonly StatisticsSample[], step_ms: number): readonly StatisticsSample[] {
  const means: StatisticsSample[] = [];
  for (let from = 0; from < samples.length;) {
    const place = Math.floor((samples[from]?.at_ms ?? 0) / step_ms);
    let to = from;
    while (to < samples.length && Math.floor((samples[to]?.at_ms ?? 0) / step_ms) === place) to += 1;
    means.push(meanOf(samples.slice(from, to)));
    from = to;
  }
  return means;
}

function meanOf(samples: readonly StatisticsSample[]): StatisticsSample {
  const sums = new Map<string, { sum: number; times: number }>();
  for (const { values } of samples) {
    for (const [name, value] of Object.entries(values)) {
      const known = sums.get(name) ?? { sum: 0, times: 0 };
      sums.set(name, { sum: known.sum + value, times: known.times + 1 });
    }
  }
  return {
    at_ms: samples.at(-1)?.at_ms ?? 0,
    values: Object.fromEntries([...sums].map(([name, { sum, times }]) => [name, sum / times])),
  };
}
