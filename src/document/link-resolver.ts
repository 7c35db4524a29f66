/** Links of a page as absolute URLs: resolved, without fragment, http and https only. */

import { isPlainUrl } from '../base/index.ts';
import type { Link } from './document.ts';
import { ownString } from './tag-names.ts';
import { collapseSpaces, type FoundLink, MAX_LINK_TEXT, type TextBlock } from './text-blocks.ts';

const MAX_URL_LENGTH = 2048;

/** Pages of one folder lead to the same places by the same words: addresses as written, and what they become. */
const knownFolders = new Map<string, Map<string, string>>();
const MAX_KNOWN_FOLDERS = 64;
const MAX_KNOWN_ADDRESSES = 4096;
const LONGEST_KNOWN = 300;
let knownAddresses = 0;
/** An address that keeps nothing of the file of its base, as `?query`, `#fragment` and `http:?query` do. */
const OF_FOLDER = /^(?:[a-z][a-z0-9+.-]*:\/\/|[./]*\/|[\w.~-][^:]*$)/i;

export class LinkResolver {
  readonly #base: string;
  /** Of the base: all up to the path, and all up to the file. */
  readonly #origin: string;
  readonly #folder: string;
  /** Of the folder of the base, which decides alone what the address of a file becomes. */
  readonly #known: Map<string, string>;
  /** What hangs on the file of the base. */
  readonly #own = new Map<string, string>();

  /** `base` is the page's `<base href>`, or empty. */
  constructor(pageUrl: string, base: string) {
    const isPlain = base === '' && isPlainUrl(pageUrl, MAX_URL_LENGTH);
    this.#base = isPlain ? pageUrl : resolve(base, pageUrl) || (URL.parse(pageUrl)?.href ?? pageUrl);
    const end = this.#base.search(/[?#]|$/);
    const origin = this.#base.indexOf('/', this.#base.indexOf('://') + 3);
    this.#origin = origin < 0 ? '' : this.#base.slice(0, origin);
    this.#folder = this.#base.slice(0, this.#base.lastIndexOf('/', end - 1) + 1);
    this.#known = addressesOf(this.#folder);
  }

  /** The absolute URL without fragment; empty for what can't be fetched. */
  resolve(href: string): string {
    const address = withoutFragment(href);
    const plain = this.#joined(address);
    if (isPlainUrl(plain, MAX_URL_LENGTH)) return plain;
    const known = this.#known.get(address) ?? this.#own.get(address);
    if (known !== undefined) return known;
    const url = resolve(address, this.#base);
    if (!OF_FOLDER.test(address) || address.length > LONGEST_KNOWN) {
      this.#own.set(address, url);
    } else {
      this.#known.set(ownString(address), url);
      knownAddresses += 1;
    }
    return url;
  }

  /** What an address becomes where neither it nor the base needs anything else than to be put together. */
  #joined(address: string): string {
    if (address === '' || address.startsWith('//')) return '';
    if (address.includes(':')) return address;
    if (address.startsWith('/')) return this.#origin + address;
    let folder = this.#folder;
    let from = 0;
    for (; address.startsWith('../', from); from += 3) folder = this.#above(folder);
    return folder + (from === 0 ? address : address.slice(from));
  }

  /** The folder that holds `folder`; the uppermost is its own. */
  #above(folder: string): string {
    const above = folder.lastIndexOf('/', folder.length - 2) + 1;
    return above > this.#origin.length ? folder.slice(0, above) : folder;
  }

  /** Links in order, each with the same text once, without those to the page itself. */
  links(found: readonly FoundLink[], blocks: readonly TextBlock[], pageUrl: string): Link[] {
    const links: Link[] = [];
    // Most addresses stand there once, and need no more than that.
    const first = new Map<string, Link>();
    const others = new Set<string>();
    for (const { href, text, nofollow, inMenu, block } of found) {
      const url = this.resolve(href);
      if (url === '' || url === pageUrl) continue;
      const said = collapseSpaces(text).slice(0, MAX_LINK_TEXT);
      const same = first.get(url);
      if (same?.text === said && same.nofollow === nofollow) continue;
      const link = { url, text: said, nofollow, inMenu: inMenu || blocks[block]?.kind === 'menu' };
      if (same === undefined) first.set(url, link);
      else {
        const key = `${url}\n${said}\n${nofollow}`;
        if (others.has(key)) continue;
        others.add(key);
      }
      links.push(link);
    }
    return links;
  }
}

/** The addresses that are known in a folder; what was known of all is forgotten when it is too much. */
function addressesOf(folder: string): Map<string, string> {
  if (knownAddresses > MAX_KNOWN_ADDRESSES || knownFolders.size > MAX_KNOWN_FOLDERS) {
    knownFolders.clear();
    knownAddresses = 0;
  }
  let known = knownFolders.get(folder);
  if (known === undefined) {
    known = new Map();
    knownFolders.set(folder, known);
  }
  return known;
}

/** Contents point to their own page again and again: what differs in the fragment alone is resolved once. */
function withoutFragment(href: string): string {
  const at = href.indexOf('#');
  // White space before a fragment is part of the address, at the end it is not.
  return at < 0 || !(href.charCodeAt(at - 1) > 0x20) ? href : href.slice(0, at);
}

function resolve(href: string, base: string): string {
  if (href === '' || href.length > MAX_URL_LENGTH * 2) return '';
  const url = URL.parse(href, base);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return '';
  if (href.includes('#')) url.hash = '';
  return url.href.length > MAX_URL_LENGTH ? '' : url.href;
}
