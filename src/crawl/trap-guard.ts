/**
 * Tells endless spaces (calendars, session mazes, filters combined without end) from large sites. Some URLs are refused
 * by their shape alone; others once enough pages of their kind have brought nothing new. Sites with much to say are
 * never cut: what counts is news, not number.
 */

import type { Clock } from '../base/index.ts';
import { isDateLike, farYear, queryNames, templateOf } from './url-template.ts';

/** Segments of a path at most. */
const MAX_SEGMENTS = 16;
/** Parameters of a query at most. */
const MAX_PARAMETERS = 16;
/** How often one segment may stand in a path. */
const MAX_REPEATS = 2;
/** Pages in a row without news after which a kind of URL is left alone. */
export const PATIENCE = 64;
/** The same for everything below one top folder. */
const SECTION_PATIENCE = 128;
/** Pages of one calendar. */
export const MAX_CALENDAR_PAGES = 200;
/** Pages of one path whose parameters come in ever new combinations. */
const MAX_COMBINED_PAGES = 200;
const COMBINATIONS = 8;
/** Paths this deep are suspicious when they say nearly the same. */
const DEEP_SEGMENTS = 6;
/** Of paths deeper than any site has reason for, so many are fetched of one top folder. */
const VERY_DEEP_SEGMENTS = 10;
const MAX_VERY_DEEP_PAGES = 500;
/** Fingerprints that differ in at most so many bits are nearly the same text. */
const NEAR_BITS = 3;

/** What is on its way to a limit is kept for a restart, once in so many pages of its host. */
const SAVE_EVERY = 16;
const MAX_SAVED = 32;

// Together some 25 MB at worst.
const MAX_KINDS = 5_000;
const MAX_HASHES = 64;
const MAX_PRINTS = 32;

/** What the guard learns of a page. */
export interface PageNews {
  readonly contentHash: string;
  readonly fingerprint: string;
}

/** What is known of one kind of URL. */
export interface Kind {
  fetched: number;
  veryDeep: number;
  /** Pages in a row whose text was seen before. */
  sameInRow: number;
  /** Pages in a row whose text was seen before, or nearly. */
  nearInRow: number;
  readonly hashes: Set<string>;
  readonly prints: bigint[];
  readonly nameSets: Set<string>;
}

export class TrapGuard {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();
  /** Host → pages learned since its kinds were taken last; only of hosts where something is suspicious. */
  readonly #unsaved = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why a URL is refused for its shape, or undefined. Takes a normalised URL. */
  refuseShape(url: string): string | undefined {
    const { searchParams } = new URL(url);
    const segments = segmentsOf(url);
    if (segments.length > MAX_SEGMENTS) return `its path has more than ${MAX_SEGMENTS} segments`;
    if (searchParams.size > MAX_PARAMETERS) return `its query has more than ${MAX_PARAMETERS} parameters`;
    const counts = new Map<string, number>();
    for (const segment of segments) {
      const count = (counts.get(segment) ?? 0) + 1;
      counts.set(segment, count);
      // 11/11/11 is a date.
      if (count > MAX_REPEATS + (/^\d+$/.test(segment) ? 1 : 0))
        return `its path repeats "${segment.slice(0, 40)}"`;
    }
    const year = farYear(url, new Date(this.#clock.now()).getUTCFullYear());
    return year === undefined ? undefined : `it is a calendar's page of the year ${year}`;
  }

  /** Why a URL is refused for what its like have brought, or undefined. */
  refuseNow(url: string): string | undefined {
    const { template, section, path } = this.#lookup(url);
    if ((template?.sameInRow ?? 0) >= PATIENCE)
      return `${PATIENCE} pages like it in a row brought nothing new`;
    if ((section?.sameInRow ?? 0) >= SECTION_PATIENCE) {
      return `${SECTION_PATIENCE} pages of its folder in a row brought nothing new`;
    }
    if (template !== undefined && isDateLike(url)) {
      const most = template.nearInRow >= PATIENCE / 2 ? PATIENCE : MAX_CALENDAR_PAGES;
      if (template.fetched >= most) return `${most} pages of its calendar were fetched`;
    }
    if (path !== undefined) {
      if (path.sameInRow >= PATIENCE || (path.nearInRow >= PATIENCE && queryNames(url).length > 1)) {
        return `${PATIENCE} queries to its page in a row brought nothing new`;
      }
      if (path.nameSets.size >= COMBINATIONS && path.fetched >= MAX_COMBINED_PAGES) {
        return `${MAX_COMBINED_PAGES} combinations of its parameters were fetched`;
      }
    }
    const depth = segmentsOf(url).length;
    if (depth >= DEEP_SEGMENTS && (section?.nearInRow ?? 0) >= PATIENCE) {
      return `${PATIENCE} deep pages of its folder in a row brought nothing new`;
    }
    if (depth >= VERY_DEEP_SEGMENTS && (section?.veryDeep ?? 0) >= MAX_VERY_DEEP_PAGES) {
      return `${MAX_VERY_DEEP_PAGES} pages as deep as it were fetched of its folder`;
    }
    return undefined;
  }

  /** Takes note of a page that was built. */
  learn(url: string, news: PageNews): void {
    const print = BigInt(`0x${news.fingerprint || '0'}`);
    const { host } = new URL(url);
    let isSuspect = false;
    for (const key of Object.values(keysOf(url))) {
      if (key === undefined) continue;
      const kind = this.#kindOf(key);
      const isSame = kind.hashes.has(news.contentHash);
      const isNear = isSame || kind.prints.some((other) => isNearlyZero(other ^ print));
      kind.fetched += 1;
      if (segmentsOf(url).length >= VERY_DEEP_SEGMENTS) kind.veryDeep += 1;
      kind.sameInRow = isSame ? kind.sameInRow + 1 : 0;
      kind.nearInRow = isNear ? kind.nearInRow + 1 : 0;
      if (kind.nameSets.size < COMBINATIONS) kind.nameSets.add(queryNames(url).join('&'));
      if (!isSame && kind.hashes.size < MAX_HASHES) kind.hashes.add(news.contentHash);
      if (!isNear) {
        kind.prints.push(print);
        if (kind.prints.length > MAX_PRINTS) kind.prints.shift();
      }
      isSuspect ||= isSuspicious(kind) || (kind.fetched >= SAVE_EVERY && isDateLike(url));
    }
    if (!isSuspect) return;
    this.#unsaved.set(host, (this.#unsaved.get(host) ?? 0) + 1);
    const [oldest] = this.#unsaved.keys();
    if (this.#unsaved.size > MAX_KINDS && oldest !== undefined) this.#unsaved.delete(oldest);
  }

  /** The kinds of a host that are nearest to a limit, when enough of its pages were learned since they were taken last. */
  takeUnsaved(host: string): ReadonlyMap<string, Kind> | undefined {
    if ((this.#unsaved.get(host) ?? 0) < SAVE_EVERY) return undefined;
    this.#unsaved.delete(host);
    const own = [...this.#kinds].filter(([name]) => name.startsWith(`${host}/`, KIND_PREFIX));
    const near = ({ sameInRow, nearInRow, fetched }: Kind): number =>
      Math.max(sameInRow, nearInRow, fetched / 2);
    return new Map(own.sort(([, a], [, b]) => near(b) - near(a)).slice(0, MAX_SAVED));
  }

  /** Takes up kinds that were taken from a guard before. */
  recall(kinds: ReadonlyMap<string, Kind>): void {
    for (const [name, kind] of kinds) if (!this.#kinds.has(name)) Object.assign(this.#kindOf(name), kind);
  }

  #lookup(url: string): { template: Kind | undefined; section: Kind | undefined; path: Kind | undefined } {
    const { template, section, path } = keysOf(url);
    const find = (key: string | undefined): Kind | undefined =>
      key === undefined ? undefined : this.#kinds.get(key);
    return { template: find(template), section: find(section), path: find(path) };
  }

  #kindOf(key: string): Kind {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = {
        fetched: 0,
        veryDeep: 0,
        sameInRow: 0,
        nearInRow: 0,
        hashes: new Set(),
        prints: [],
        nameSets: new Set(),
      };
      const oldest = this.#kinds.keys().next();
      if (this.#kinds.size >= MAX_KINDS && oldest.done !== true) this.#kinds.delete(oldest.value);
    } else {
      // The one used last stands last, so that the first is the one to forget.
      this.#kinds.delete(key);
    }
    this.#kinds.set(key, kind);
    return kind;
  }
}

/** Letter and space before the host in the name of a kind. */
const KIND_PREFIX = 2;

function isSuspicious({ sameInRow, nearInRow, veryDeep, nameSets }: Kind): boolean {
  return (
    sameInRow >= PATIENCE / 8 ||
    nearInRow >= PATIENCE / 4 ||
    veryDeep > 0 ||
    nameSets.size >= COMBINATIONS / 2
  );
}

function keysOf(url: string): { template: string; section: string | undefined; path: string | undefined } {
  const { host, pathname, search } = new URL(url);
  const [, first = '', second] = pathname.split('/');
  return {
    template: `t ${host}${templateOf(url)}`,
    section: second === undefined ? undefined : `s ${host}/${first}`,
    path: search === '' ? undefined : `q ${host}${pathname}`,
  };
}

function segmentsOf(url: string): string[] {
  return new URL(url).pathname.split('/').filter((segment) => segment !== '');
}

/** True when at most {@link NEAR_BITS} bits are set; each turn clears the lowest one. */
function isNearlyZero(value: bigint): boolean {
  let rest = value;
  for (let n = 0; n < NEAR_BITS && rest !== 0n; n++) rest &= rest - 1n;
  return rest === 0n;
}
