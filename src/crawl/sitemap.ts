/** Reads sitemaps: XML, index, text, RSS and Atom, `llms.txt`, plain or gzipped, whatever the name says. */

import { PeregrineError } from '../base/index.ts';
import { Parser } from 'htmlparser2';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Limits of the sitemap protocol (sitemaps.org): 50,000 URLs, 50 MiB. */
export const MAX_SITEMAP_URLS = 50_000;
export const MAX_SITEMAP_BYTES: number = 50 * 1024 * 1024;
/** Parsed at once before others get a turn. */
const SLICE_CHARACTERS = 256 * 1024;
const MAX_URL_TEXT = 4_096;
/** Fewer dates may well be the same. */
const LEAST_DATES = 10;

export interface Sitemap {
  /** Pages, as written. */
  readonly urls: readonly string[];
  /** When pages changed last, ms since 1970, of those of which that is said; empty where most say the same. */
  readonly changedAt_ms: ReadonlyMap<string, number>;
  /** The same pages in other languages, as written; those that stand as pages themselves too. */
  readonly alternates: readonly string[];
  /** Further sitemaps, as written. */
  readonly sitemaps: readonly string[];
  /** It holds more than is read. */
  readonly truncated: boolean;
}

/** Reads what can be read; only bytes that are gzipped and broken are an error (`PARSE_FAILED`). */
export async function readSitemap(bytes: Uint8Array): Promise<Sitemap> {
  const plain = await unzipped(bytes);
  const text = new TextDecoder('utf-8').decode(plain).trimStart();
  const collected = new Collected();
  if (text.startsWith('<')) await readXml(text, collected);
  else readLines(text, collected);
  return collected.finish();
}

class Collected {
  readonly #urls: string[] = [];
  readonly #changedAt_ms = new Map<string, number>();
  readonly #alternates: string[] = [];
  readonly #sitemaps: string[] = [];
  #isFull = false;

  get isFull(): boolean {
    return this.#isFull;
  }

  add(kind: 'page' | 'sitemap', text: string): void {
    const url = text.trim();
    if (url === '' || url.length > MAX_URL_TEXT) return;
    if (this.#urls.length + this.#sitemaps.length >= MAX_SITEMAP_URLS) this.#isFull = true;
    else (kind === 'page' ? this.#urls : this.#sitemaps).push(url);
  }

  alternate(text: string): void {
    const url = text.trim();
    if (url !== '' && url.length <= MAX_URL_TEXT && this.#alternates.length < MAX_SITEMAP_URLS)
      this.#alternates.push(url);
  }

  /** What an entry says of its page: W3C dates in sitemaps and Atom, those of mail in RSS. */
  date(url: string, text: string): void {
    const at_ms = Date.parse(text.trim());
    if (at_ms > 0 && url !== '') this.#changedAt_ms.set(url.trim(), at_ms);
  }

  finish(): Sitemap {
    return {
      urls: this.#urls,
      changedAt_ms: isOneMoment(this.#changedAt_ms) ? new Map() : this.#changedAt_ms,
      alternates: this.#alternates,
      sitemaps: this.#sitemaps,
      truncated: this.#isFull,
    };
  }
}

/** Some write the moment at which the sitemap was made into every entry: that says nothing of any page. */
function isOneMoment(dates: ReadonlyMap<string, number>): boolean {
  if (dates.size < LEAST_DATES) return false;
  const counts = new Map<number, number>();
  for (const at_ms of dates.values()) counts.set(at_ms, (counts.get(at_ms) ?? 0) + 1);
  return Math.max(...counts.values()) > dates.size / 2;
}

async function unzipped(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_SITEMAP_BYTES });
  } catch (error) {
    throw new PeregrineError('PARSE_FAILED', 'The sitemap is gzipped and damaged, or too large.', {}, error);
  }
}

function readLines(text: string, into: Collected): void {
  for (const line of text.split(/[\r\n]+/)) {
    if (into.isFull) return;
    if (/^\s*https?:\/\//i.test(line)) into.add('page', line);
    else {
      // An entry of llms.txt: `- [name](address): what it is`.
      const [, address] = /^\s*[-*] \[[^\]]*\]\(([^()\s]+)\)/.exec(line) ?? [];
      if (address !== undefined) into.add('page', address);
    }
  }
}

/** What stands for one page, and what says when it changed. */
const ENTRIES: ReadonlySet<string> = new Set(['url', 'item', 'entry']);
const DATES: ReadonlySet<string> = new Set(['lastmod', 'pubdate', 'updated', 'date']);

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();

async function readXml(text: string, into: Collected): Promise<void> {
  const path: string[] = [];
  let value = '';
  // Of the entry that is open.
  let page = '';
  let changed = '';
  const addPage = (url: string): void => {
    into.add('page', url);
    if (page === '') page = url;
  };
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const parent = path.at(-1);
        path.push(localName(name));
        value = '';
        // Atom says where an entry stands in an attribute.
        const isAtomLink = parent === 'entry' && localName(name) === 'link';
        const relation = attributes['rel'] ?? 'alternate';
        if (isAtomLink && relation === 'alternate') addPage(attributes['href'] ?? '');
        if (parent === 'url' && localName(name) === 'link' && attributes['hreflang'] !== undefined)
          into.alternate(attributes['href'] ?? '');
      },
      ontext: (data) => {
        if (value.length <= MAX_URL_TEXT) value += data;
      },
      onclosetag: () => {
        const name = path.pop();
        const parent = path.at(-1);
        if (name === 'loc' && parent === 'url') addPage(value);
        else if (name === 'loc' && parent === 'sitemap') into.add('sitemap', value);
        else if (name === 'link' && parent === 'item') addPage(value);
        else if (DATES.has(name ?? '') && ENTRIES.has(parent ?? '')) changed = value;
        // Some leave `loc` out.
        else if (name === 'sitemap' && /^\s*https?:/i.test(value)) into.add('sitemap', value);
        else if (name === 'url' && /^\s*https?:/i.test(value)) addPage(value);
        if (ENTRIES.has(name ?? '')) {
          into.date(page, changed);
          [page, changed] = ['', ''];
        }
        value = '';
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  for (let at = 0; at < text.length && !into.isFull; at += SLICE_CHARACTERS) {
    parser.write(text.slice(at, at + SLICE_CHARACTERS));
    await new Promise((resolve) => setImmediate(resolve));
  }
  parser.end();
}

/** A seed of that name is read for the URLs that it names, not as a page. */
export function isSitemapName(url: string): boolean {
  return /\/(?:[^/]*sitemap[^/]*\.(?:xml|txt)(?:\.gz)?|llms\.txt)$/i.test(new URL(url).pathname);
}
