/**
 * Takes notices of changed pages. They are gathered for a while and then asked for in one refresh, when the crawl rests; what
 * a running crawl does not know yet it takes up at once.
 */

import type { CollectionId, LogSink } from '../base/index.ts';
import { isPeregrineError, messageOf } from '../base/index.ts';
import { fetchAside } from './aside-fetch.ts';
import type { Seat } from './crawl-seat.ts';
import type { CrawlServices } from './crawl-services.ts';
import { type IndexNowNotice, KeyFiles, type NoticeAnswer } from './index-now.ts';
import { Permits } from './permits.ts';
import { RunLedger } from './run-ledger.ts';
import { Scope } from './scope.ts';

/** So that a site that tells of page after page has them asked for together. */
const GATHER_MS = 5_000;
/** Pages of a collection that wait; beyond that the next whole pass finds them. */
const MAX_WAITING = 100_000;
const KEY_LIMITS = { max_bytes: 4_096, overflow: 'cut' } as const;

export interface NoticeDeskParts {
  readonly services: CrawlServices;
  /** Aborts when the crawler closes. */
  readonly signal: AbortSignal;
  /** Asks for pages of a finished crawl again. */
  readonly refresh: (collection: CollectionId, urls: readonly string[]) => Promise<number>;
  /** Resolves when no crawl of the collection runs. */
  readonly resting: (collection: CollectionId) => Promise<void>;
}

export class NoticeDesk {
  readonly #parts: NoticeDeskParts;
  readonly #keys: KeyFiles;
  readonly #waiting = new Map<CollectionId, Set<string>>();
  readonly #fetches = new Permits(4);

  constructor(parts: NoticeDeskParts) {
    this.#parts = parts;
    this.#keys = new KeyFiles(() => parts.services.clock.monotonic());
  }

  async take(seat: Seat | undefined, notice: IndexNowNotice): Promise<NoticeAnswer> {
    if (seat === undefined || !seat.job.settings.indexNow)
      return { kind: 'foreign', why: 'The crawl of this collection takes no notices.' };
    const { services, signal } = this.#parts;
    const { allowPrivate } = seat.job.settings;
    const context = {
      services,
      job: () => seat.job,
      sent: () => ({ allowPrivate }),
      fetches: this.#fetches,
      isResumed: false,
      stopSignal: signal,
      killSignal: signal,
      ledger: new RunLedger(services, () => seat.job, seat.recent),
    };
    const read = (url: string): ReturnType<typeof fetchAside> => fetchAside(context, url, KEY_LIMITS);
    const answer = await this.#keys.check(notice, new Scope(seat.job.scope), read);
    if (answer.kind === 'taken') {
      await seat.run?.add(answer.urls.map((url) => ({ url, depth: 1, redirects: 0, isSitemap: false })));
      this.#add(seat.job.collection, answer.urls);
    }
    return answer;
  }

  #add(collection: CollectionId, urls: readonly string[]): void {
    const waiting = this.#waiting.get(collection);
    const gathered = waiting ?? new Set<string>();
    for (const url of urls) if (gathered.size < MAX_WAITING) gathered.add(url);
    if (waiting !== undefined) return;
    this.#waiting.set(collection, gathered);
    this.#refreshLater(collection).catch((error: unknown) => {
      if (isPeregrineError(error, 'CANCELLED') || isPeregrineError(error, 'CLOSED')) return;
      const log: LogSink = this.#parts.services.log;
      log.write('error', 'crawl.refresh-failed', { collection, error: messageOf(error) });
    });
  }

  async #refreshLater(collection: CollectionId): Promise<void> {
    const { services, signal, refresh, resting } = this.#parts;
    let urls: readonly string[] = [];
    try {
      await services.clock.sleep(GATHER_MS, signal);
      await resting(collection);
    } finally {
      urls = [...(this.#waiting.get(collection) ?? [])];
      this.#waiting.delete(collection);
    }
    await refresh(collection, urls);
  }
}
