/**
 * Has each host's robots.txt at hand: fetched by the rules of RFC 9309 §2.3, kept for a day in `sites`, used on when it
 * can't be fetched anew.
 */

import { type Clock, isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import type { RecordOperation, Shards } from '../storage/index.ts';
import type { CrawlOutcome } from './crawl-contract.ts';
import { siteKey, SiteKind } from './crawl-keys.ts';
import { decodeRobots, encodeRobots, type RobotsRecord } from './crawl-records.ts';
import type { FetchResponse } from './fetcher.ts';
import { type HostRef, hostOf } from './host.ts';
import { Robots } from './robots.ts';

/** RFC 9309 §2.4: no more than 24 hours. */
const ROBOTS_FRESH_MS = 86_400_000;
/** How long an old copy is used when there is no new one to be had. */
const ROBOTS_STALE_MS = 30 * ROBOTS_FRESH_MS;
/** How long an answer stands that was no answer. */
const UNREACHABLE_MS = 300_000;
/** RFC 9309 §2.3.1.2: at least five. */
const MAX_REDIRECTS = 5;
const MAX_CACHED = 1_000;
/** Of their texts; what is made of them takes some times that. */
const MAX_CACHED_BYTES = 8 * 1024 * 1024;

/** Rules to go by, or none to be had: then nothing may be fetched for now. */
export type RobotsAnswer =
  | { readonly kind: 'rules'; readonly robots: Robots }
  | ({ readonly kind: 'unreachable' } & Unreadable);

interface Unreadable {
  readonly outcome: CrawlOutcome;
  readonly detail: string;
  /** False where asking again soon is in vain: there is no host of that name, and never was one. */
  readonly mayPass: boolean;
}

/** Fetches one URL in turn with all other requests to its host; redirects are handed back. */
export type PoliteFetch = (url: string) => Promise<FetchResponse>;

const ALLOW_ALL = Robots.parse('');

export class RobotsKeeper {
  readonly #shards: Shards;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { answer: RobotsAnswer; until_ms: number; size_bytes: number }>();
  #cached_bytes = 0;
  readonly #asking = new Map<string, Promise<RobotsAnswer>>();

  constructor(shards: Shards, clock: Clock) {
    this.#shards = shards;
    this.#clock = clock;
  }

  /**
   * The rules for a URL's host. `access` tells who asks: what one may not reach another may. `also` gives records to be
   * written with a fresh copy. Rejects with `CANCELLED` only.
   */
  async answerFor(
    url: string,
    access: string,
    fetch: PoliteFetch,
    also: () => readonly RecordOperation[] = () => [],
  ): Promise<RobotsAnswer> {
    const { origin } = new URL(url);
    const cached = this.#cache.get(`${access} ${origin}`);
    if (cached !== undefined && cached.until_ms > this.#clock.now()) return cached.answer;
    const name = `${access} ${origin}`;
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      asking = this.#ask(name, origin, fetch, also).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return asking;
  }

  /** Lets an answer that was none stand for five minutes. */
  remember(url: string, access: string, answer: RobotsAnswer): void {
    this.#keep(`${access} ${new URL(url).origin}`, answer, this.#clock.now() + UNREACHABLE_MS);
  }

  async #ask(
    name: string,
    origin: string,
    fetch: PoliteFetch,
    also: () => readonly RecordOperation[],
  ): Promise<RobotsAnswer> {
    const host = hostOf(origin);
    const key = siteKey(host, origin.startsWith('https:') ? SiteKind.robotsHttps : SiteKind.robotsHttp);
    const value = await this.#shards.of(host.slot).get('sites', key);
    const stored = value === undefined ? undefined : decodeRobots(value);
    const now_ms = this.#clock.now();
    if (stored !== undefined && stored.expiresAt_ms > now_ms)
      return this.#keep(name, rulesOf(stored), stored.expiresAt_ms, stored.body.length);

    const fresh = await this.#fetch(`${origin}/robots.txt`, fetch);
    if ('record' in fresh) {
      await this.#save(host, key, fresh.record, also());
      const { expiresAt_ms, body } = fresh.record;
      return this.#keep(name, rulesOf(fresh.record), expiresAt_ms, body.length);
    }
    const retryAt_ms = now_ms + UNREACHABLE_MS;
    if (stored !== undefined && stored.fetchedAt_ms + ROBOTS_STALE_MS > now_ms) {
      return this.#keep(name, rulesOf(stored), retryAt_ms, stored.body.length);
    }
    // Not kept yet: whoever asks may want to try again first.
    return { kind: 'unreachable', ...fresh, mayPass: fresh.mayPass || stored !== undefined };
  }

  async #fetch(first: string, fetch: PoliteFetch): Promise<{ record: RobotsRecord } | Unreadable> {
    let url = first;
    for (let redirects = 0; ; redirects++) {
      let response: FetchResponse;
      try {
        response = await fetch(url);
      } catch (error) {
        if (isPeregrineError(error, 'CANCELLED')) throw error;
        const why = messageOf(error).replace(/^The page could not be fetched: /, '');
        const mayPass = !(isPeregrineError(error) && error.facts['code'] === 'ENOTFOUND');
        return { outcome: outcomeOfFailure(error), detail: `robots.txt can't be read: ${why}`, mayPass };
      }
      const { status, redirectTo } = response;
      const now_ms = this.#clock.now();
      const record = { fetchedAt_ms: now_ms, expiresAt_ms: now_ms + ROBOTS_FRESH_MS, status };
      if (status >= 200 && status <= 299) {
        const body = response.truncated ? wholeLines(response.bytes) : response.bytes;
        return { record: { ...record, body } };
      }
      if (status === 429 || status >= 500) {
        return {
          outcome: 'robots-forbidden',
          detail: `robots.txt can't be read: the server answers ${status}`,
          mayPass: true,
        };
      }
      const isFollowed = redirectTo !== undefined && /^https?:/.test(redirectTo) && redirects < MAX_REDIRECTS;
      // §2.3.1.2 and §2.3.1.3: too many redirects and all of 4xx mean that there is none.
      if (!isFollowed) return { record: { ...record, body: new Uint8Array(0) } };
      url = redirectTo;
    }
  }

  async #save(
    host: HostRef,
    key: Uint8Array,
    record: RobotsRecord,
    also: readonly RecordOperation[],
  ): Promise<void> {
    const records: RecordOperation[] = [{ database: 'sites', key, value: encodeRobots(record) }, ...also];
    await this.#shards.of(host.slot).append({ records });
  }

  #keep(name: string, answer: RobotsAnswer, until_ms: number, size_bytes = 0): RobotsAnswer {
    this.#drop(name);
    this.#cache.set(name, { answer, until_ms, size_bytes });
    this.#cached_bytes += size_bytes;
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= MAX_CACHED && this.#cached_bytes <= MAX_CACHED_BYTES) break;
      this.#drop(oldest);
    }
    return answer;
  }

  #drop(name: string): void {
    this.#cached_bytes -= this.#cache.get(name)?.size_bytes ?? 0;
    this.#cache.delete(name);
  }
}

/** What was cut may have been cut within a line, and half of a rule is another rule: `Allow: /` of `Allow: /open`. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d), 0));
}

function rulesOf({ status, body }: RobotsRecord): RobotsAnswer {
  const robots = status >= 200 && status <= 299 ? Robots.parse(new TextDecoder().decode(body)) : ALLOW_ALL;
  return { kind: 'rules', robots };
}

function outcomeOfFailure(error: unknown): CrawlOutcome {
  if (!(error instanceof PeregrineError)) return 'network-error';
  if (error.code === 'ADDRESS_REFUSED') return 'address-refused';
  return error.code === 'FETCH_TIMEOUT' ? 'timeout' : 'network-error';
}
