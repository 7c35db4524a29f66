/** What a crawl learns of sites and keeps over restarts: spellings of one page, spaces without end, cookies. */

import { type Clock, type CollectionId, hashString64 } from '../base/index.ts';
import type { RecordOperation, Shards } from '../storage/index.ts';
import { cookieDomain, CookieShelf } from './cookie-shelf.ts';
import { lessonKey, LessonKind } from './crawl-keys.ts';
import { type HostRef, hostOf } from './host.ts';
import { RowQuotas } from './row-quotas.ts';
import { SiteTwins, siteOf } from './site-twins.ts';
import type { TrapGuard } from './trap-guard.ts';
import { decodeTraps, encodeTraps } from './trap-records.ts';

/** Reading again what was read is no harm. */
const MAX_RECALLED = 100_000;

export interface SiteLessonsParts {
  readonly shards: Shards;
  readonly collection: CollectionId;
  /** What was learned of traps holds for one round. */
  readonly round: () => number;
  readonly traps: TrapGuard;
  readonly clock: Clock;
  /** Whether the crawl keeps cookies. */
  readonly hasCookies: () => boolean;
  /** Whether some row of its rules has a quota. */
  readonly hasQuotas: () => boolean;
}

export class SiteLessons {
  readonly #parts: SiteLessonsParts;
  readonly twins: SiteTwins = new SiteTwins();
  readonly cookies: CookieShelf = new CookieShelf();
  readonly quotas: RowQuotas = new RowQuotas();
  readonly #recalled = new Set<string>();

  constructor(parts: SiteLessonsParts) {
    this.#parts = parts;
  }

  /** Takes up what is kept of a host and its site, before it is visited. */
  async recall(host: HostRef): Promise<void> {
    const { shards, collection, round, traps, clock, hasCookies, hasQuotas } = this.#parts;
    const store = shards.of(host.slot);
    const address = `http://${host.key}/`;
    if (!this.twins.knows(address)) {
      const kept = await store.get('meta', this.#twinsKey(address));
      if (kept !== undefined) this.twins.recall(address, kept);
    }
    const domain = cookieDomain(address);
    if (hasCookies() && !this.cookies.knows(domain)) {
      const kept = await store.get('meta', this.#cookiesKey(host, domain));
      if (kept !== undefined) await this.cookies.recall(domain, kept, round(), clock.now());
    }
    if (hasQuotas() && !this.quotas.knows(host.key)) {
      const kept = await store.get('meta', lessonKey(collection, host, LessonKind.quotas));
      if (kept !== undefined) this.quotas.recall(host.key, kept, round());
    }
    if (this.#recalled.has(host.key)) return;
    if (this.#recalled.size >= MAX_RECALLED) this.#recalled.clear();
    this.#recalled.add(host.key);
    const kept = await store.get('meta', lessonKey(collection, host, LessonKind.traps));
    const record = kept === undefined ? undefined : decodeTraps(kept);
    if (record?.round === round()) traps.recall(record.kinds);
  }

  /** What has changed since, to be written with the end of a page. */
  changes(url: string): RecordOperation[] {
    const { collection, round, traps } = this.#parts;
    const host = hostOf(url);
    const operations: RecordOperation[] = [];
    const twins = this.twins.takeChanged(url);
    // A name such as `www.co.uk` is a domain of its own, on another shard than its twin: it learns anew.
    const isHere = hostOf(`http://${siteOf(url)}/`).slot === host.slot;
    if (twins !== undefined && isHere)
      operations.push({ database: 'meta', key: this.#twinsKey(url), value: twins });
    const domain = cookieDomain(url);
    const cookies = this.cookies.takeChanged(domain, round());
    if (cookies !== undefined)
      operations.push({ database: 'meta', key: this.#cookiesKey(host, domain), value: cookies });
    const quotas = this.quotas.takeChanged(host.key, round());
    if (quotas !== undefined) {
      const key = lessonKey(collection, host, LessonKind.quotas);
      operations.push({ database: 'meta', key, value: quotas });
    }
    const kinds = traps.takeUnsaved(host.key);
    if (kinds !== undefined) {
      const key = lessonKey(collection, host, LessonKind.traps);
      operations.push({ database: 'meta', key, value: encodeTraps({ round: round(), kinds }) });
    }
    return operations;
  }

  /** All hosts of a domain have one record, in the domain's slot. */
  #cookiesKey({ slot }: HostRef, domain: string): Uint8Array {
    const { collection } = this.#parts;
    return lessonKey(collection, { slot, hash: hashString64(domain) }, LessonKind.cookies);
  }

  /** Both hosts of a site, with `www.` and without, have one record. */
  #twinsKey(url: string): Uint8Array {
    const { collection } = this.#parts;
    return lessonKey(collection, hostOf(`http://${siteOf(url)}/`), LessonKind.twins);
  }
}
