/**
 * Takes notices of changed pages. They are kept, gathered for a while, and then asked for in one refresh, when the crawl
 * rests; what a running crawl does not know yet it takes up at once.
 */

import type { CollectionId } from '../base/index.ts';
import { isPeregrineError, messageOf } from '../base/index.ts';
import { fetchAside } from './aside-fetch.ts';
import { CrawlPace } from './crawl-pace.ts';
import type { Seat } from './crawl-seat.ts';
import type { CrawlServices } from './crawl-services.ts';
import { type IndexNowNotice, KeyFiles, type NoticeAnswer } from './index-now.ts';
import { KeptNotices } from './kept-notices.ts';
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
  /** Asks for pages of a finished crawl again; 0 where it is not finished. */
  readonly refresh: (collection: CollectionId, urls: readonly string[]) => Promise<number>;
}

/** What is to be asked for, and the records that say so. */
interface Waiting {
  readonly urls: Set<string>;
  readonly keys: Uint8Array[];
  /** A refresh is about to begin. */
  isDue: boolean;
  /** The crawl came to rest meanwhile. */
  hasRested: boolean;
}

export class NoticeDesk {
  readonly #parts: NoticeDeskParts;
  readonly #keys: KeyFiles;
  readonly #kept: KeptNotices;
  readonly #waiting = new Map<CollectionId, Waiting>();
  readonly #fetches = new Permits(4);

  constructor(parts: NoticeDeskParts) {
    this.#parts = parts;
    this.#keys = new KeyFiles(() => parts.services.clock.monotonic());
    this.#kept = new KeptNotices(parts.services.shards, parts.services.clock);
  }

  async take(seat: Seat | undefined, notice: IndexNowNotice): Promise<NoticeAnswer> {
    if (seat === undefined || !seat.job.settings.indexNow)
      return { kind: 'foreign', why: 'The crawl of this collection takes no notices.' };
    if (seat.job.stopped !== undefined)
      return { kind: 'foreign', why: 'The crawl of this collection has been stopped.' };
    const { services, signal } = this.#parts;
    const pace = new CrawlPace(services.clock, () => seat.job.settings);
    if (pace.isQuiet) return { kind: 'busy', why: 'The crawl rests at this hour; try again later.' };
    const { allowPrivate } = seat.job.settings;
    const context = {
      services,
      job: () => seat.job,
      sent: () => ({ allowPrivate }),
      pace,
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
      await this.later(seat.job.collection, answer.urls);
    }
    return answer;
  }

  /** Has pages asked for when the crawl has come to rest, over a restart too. */
  async later(collection: CollectionId, urls: readonly string[]): Promise<void> {
    const waiting = this.#of(collection);
    const fresh = urls.filter((url) => !waiting.urls.has(url)).slice(0, MAX_WAITING - waiting.urls.size);
    // Durable before they are told to be taken.
    waiting.keys.push(...(await this.#kept.add(collection, fresh)));
    for (const url of fresh) waiting.urls.add(url);
    this.rested(collection);
  }

  /** Takes up what earlier processes were told and had not asked for. */
  async recall(collection: CollectionId): Promise<void> {
    const waiting = this.#of(collection);
    for await (const { key, urls } of this.#kept.all(collection)) {
      for (const url of urls) waiting.urls.add(url);
      waiting.keys.push(key);
    }
    this.rested(collection);
  }

  /** The collection's crawl is finished: what waited for that is asked for soon. */
  rested(collection: CollectionId): void {
    const waiting = this.#of(collection);
    if (waiting.isDue) waiting.hasRested = true;
    if (waiting.urls.size === 0 || waiting.isDue) return;
    waiting.isDue = true;
    waiting.hasRested = false;
    this.#refreshSoon(collection, waiting).catch((error: unknown) => {
      if (isPeregrineError(error, 'CANCELLED') || isPeregrineError(error, 'CLOSED')) return;
      this.#parts.services.log.write('error', 'crawl.refresh-failed', {
        collection,
        error: messageOf(error),
      });
    });
  }

  /** What waits is not asked for any more. */
  async forget(collection: CollectionId): Promise<void> {
    this.#waiting.delete(collection);
    await this.#kept.forget(collection);
  }

  #of(collection: CollectionId): Waiting {
    let waiting = this.#waiting.get(collection);
    if (waiting === undefined)
      this.#waiting.set(
        collection,
        (waiting = { urls: new Set(), keys: [], isDue: false, hasRested: false }),
      );
    return waiting;
  }

  async #refreshSoon(collection: CollectionId, waiting: Waiting): Promise<void> {
    const { services, signal, refresh } = this.#parts;
    try {
      await services.clock.sleep(GATHER_MS, signal);
      // Forgotten meanwhile, with the crawl or by its stop.
      if (this.#waiting.get(collection) !== waiting) return;
      const [urls, keys] = [[...waiting.urls], [...waiting.keys]];
      // Where it runs still, or is paused, its end brings the next try.
      if ((await refresh(collection, urls)) > 0) {
        for (const url of urls) waiting.urls.delete(url);
        waiting.keys.splice(0, keys.length);
        await this.#kept.remove(keys);
        waiting.hasRested = true;
      }
    } finally {
      waiting.isDue = false;
    }
    if (waiting.hasRested) this.rested(collection);
  }
}
