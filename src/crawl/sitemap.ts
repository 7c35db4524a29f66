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

export interface Sitemap {
  /** Pages, as written. */
  readonly urls: readonly string[];
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

  finish(): Sitemap {
    return { urls: this.#urls, sitemaps: this.#sitemaps, truncated: this.#isFull };
  }
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

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();

async function readXml(text: string, into: Collected): Promise<void> {
  const path: string[] = [];
  let value = '';
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const parent = path.at(-1);
        path.push(localName(name));
        value = '';
        // Atom says where an entry stands in an attribute.
        const isAtomLink = parent === 'entry' && localName(name) === 'link';
        const relation = attributes['rel'] ?? 'alternate';
        if (isAtomLink && relation === 'alternate') into.add('page', attributes['href'] ?? '');
      },
      ontext: (data) => {
        if (value.length <= MAX_URL_TEXT) value += data;
      },
      onclosetag: () => {
        const name = path.pop();
        const parent = path.at(-1);
        if (name === 'loc' && parent === 'url') into.add('page', value);
        else if (name === 'loc' && parent === 'sitemap') into.add('sitemap', value);
        else if (name === 'link' && parent === 'item') into.add('page', value);
        // Some leave `loc` out.
        else if (name === 'sitemap' && /^\s*https?:/i.test(value)) into.add('sitemap', value);
        else if (name === 'url' && /^\s*https?:/i.test(value)) into.add('page', value);
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
