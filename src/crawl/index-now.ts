/**
 * Notices of changed pages by IndexNow (https://www.indexnow.org/documentation): a site tells which of its addresses have
 * changed, and proves that it is the site by a key that stands in a file there. The file is fetched in turn with the pages.
 */

import { isPeregrineError } from '../base/index.ts';
import type { FetchResponse } from './fetcher.ts';
import type { Scope } from './scope.ts';
import { normaliseUrl } from './url-normaliser.ts';

/** What a site says. */
export interface IndexNowNotice {
  readonly urls: readonly string[];
  readonly key: string;
  /** Where the key stands; default `/KEY.txt`. Only addresses of its folder and below may be told of then. */
  readonly keyLocation?: string;
}

/** What became of a notice. */
export type NoticeAnswer =
  | { readonly kind: 'taken'; readonly urls: readonly string[] }
  /** `foreign`: not where the key may speak for, or not crawled here; `unproven`: the key does not stand there. */
  | { readonly kind: 'malformed' | 'foreign' | 'unproven'; readonly why: string };

/** Addresses of one notice, by the protocol. */
export const MAX_NOTICE_URLS = 10_000;
const MAX_KEY_BYTES = 1_024;
const KEY = /^[A-Za-z0-9-]{8,128}$/;
/** A key that was found is believed so long; one that was not, is looked for again after a while. */
const FOUND_MS = 3_600_000;
const MISSING_MS = 600_000;
const MAX_KEYS = 10_000;

export class KeyFiles {
  readonly #now_ms: () => number;
  readonly #known = new Map<string, { readonly isFound: boolean; readonly until_ms: number }>();

  constructor(now_ms: () => number) {
    this.#now_ms = now_ms;
  }

  /** The addresses of a notice that are in scope, normalised, or why it is not taken. */
  async check(
    { urls, key, keyLocation }: IndexNowNotice,
    scope: Scope,
    read: (url: string) => Promise<FetchResponse>,
  ): Promise<NoticeAnswer> {
    if (!KEY.test(key))
      return { kind: 'malformed', why: 'The key must be 8 to 128 letters, digits and "-".' };
    if (urls.length > MAX_NOTICE_URLS)
      return { kind: 'malformed', why: `A notice names ${MAX_NOTICE_URLS} addresses at most.` };
    const normal = urls.map((url) => normaliseUrl(url)).flatMap((result) => (result.ok ? [result.url] : []));
    const [first] = normal;
    const place = normaliseUrl(keyLocation ?? `/${key}.txt`, first);
    if (first === undefined || !place.ok)
      return { kind: 'malformed', why: 'The notice names no web address.' };
    const folder = keyLocation === undefined ? `${new URL(first).origin}/` : new URL('.', place.url).href;
    if (normal.some((url) => !url.startsWith(folder)))
      return { kind: 'foreign', why: `The key speaks for ${folder} alone.` };
    const wanted = normal.filter((url) => scope.includes(url));
    if (wanted.length === 0) return { kind: 'foreign', why: `${new URL(first).host} is not crawled here.` };
    if (!(await this.#isThere(place.url, key, read)))
      return { kind: 'unproven', why: `The key does not stand at ${place.url}.` };
    return { kind: 'taken', urls: [...new Set(wanted)] };
  }

  async #isThere(
    place: string,
    key: string,
    read: (url: string) => Promise<FetchResponse>,
  ): Promise<boolean> {
    const name = `${place} ${key}`;
    const known = this.#known.get(name);
    if (known !== undefined && known.until_ms > this.#now_ms()) return known.isFound;
    let isFound = false;
    try {
      const { status, bytes } = await read(place);
      isFound =
        status === 200 && Buffer.from(bytes.subarray(0, MAX_KEY_BYTES)).toString('utf8').trim() === key;
    } catch (error) {
      if (!isPeregrineError(error) || isPeregrineError(error, 'CANCELLED')) throw error;
    }
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KEYS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(name, { isFound, until_ms: this.#now_ms() + (isFound ? FOUND_MS : MISSING_MS) });
    return isFound;
  }
}
