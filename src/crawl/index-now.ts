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
  /**
   * `foreign`: not where the key may speak for, or not crawled here; `unproven`: the key does not stand there; `busy`: too
   * many ask for keys to be looked for, at that site or at all.
   */
  | { readonly kind: 'malformed' | 'foreign' | 'unproven' | 'busy'; readonly why: string };

/** Addresses of one notice, by the protocol. */
const MAX_NOTICE_URLS = 10_000;
const MAX_KEY_BYTES = 1_024;
const KEY = /^[A-Za-z0-9-]{8,128}$/;
/** A key that was found is believed so long; one that was not, is looked for again after a while. */
const FOUND_MS = 3_600_000;
const MISSING_MS = 600_000;
const MAX_KEYS = 10_000;
/** Whoever makes up keys has a site asked for one of them in so long, and so many sites at once. */
const NEXT_GUESS_MS = 60_000;
const MAX_PROOFS = 16;

export class KeyFiles {
  readonly #now_ms: () => number;
  readonly #known = new Map<string, { readonly isFound: boolean; readonly until_ms: number }>();
  /** Host → when it was asked for a key that it did not have. */
  readonly #guessed = new Map<string, number>();
  /** Hosts that are being asked. */
  readonly #asking = new Set<string>();

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
    const proof = await this.#prove(place.url, key, read);
    if (proof === 'busy')
      return { kind: 'busy', why: 'Too many keys are looked for; try again in a minute.' };
    if (proof === 'missing') return { kind: 'unproven', why: `The key does not stand at ${place.url}.` };
    return { kind: 'taken', urls: [...new Set(wanted)] };
  }

  async #prove(
    place: string,
    key: string,
    read: (url: string) => Promise<FetchResponse>,
  ): Promise<'found' | 'missing' | 'busy'> {
    const name = `${place} ${key}`;
    const known = this.#known.get(name);
    const now_ms = this.#now_ms();
    if (known !== undefined && known.until_ms > now_ms) return known.isFound ? 'found' : 'missing';
    const { host } = new URL(place);
    const guessed_ms = this.#guessed.get(host) ?? -NEXT_GUESS_MS;
    if (this.#asking.has(host) || this.#asking.size >= MAX_PROOFS || now_ms - guessed_ms < NEXT_GUESS_MS)
      return 'busy';
    this.#asking.add(host);
    try {
      const isFound = await isThere(place, key, read);
      if (!isFound) remember(this.#guessed, host, this.#now_ms());
      remember(this.#known, name, { isFound, until_ms: this.#now_ms() + (isFound ? FOUND_MS : MISSING_MS) });
      return isFound ? 'found' : 'missing';
    } finally {
      this.#asking.delete(host);
    }
  }
}

async function isThere(
  place: string,
  key: string,
  read: (url: string) => Promise<FetchResponse>,
): Promise<boolean> {
  try {
    const { status, bytes } = await read(place);
    return status === 200 && Buffer.from(bytes.subarray(0, MAX_KEY_BYTES)).toString('utf8').trim() === key;
  } catch (error) {
    if (!isPeregrineError(error) || isPeregrineError(error, 'CANCELLED')) throw error;
    return false;
  }
}

function remember<T>(map: Map<string, T>, name: string, value: T): void {
  const [oldest] = map.keys();
  if (map.size >= MAX_KEYS && oldest !== undefined) map.delete(oldest);
  map.set(name, value);
}
