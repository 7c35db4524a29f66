/** Links of a page as absolute URLs: resolved, without fragment, http and https only. */

import { isPlainPath, isPlainUrl } from '../base/index.ts';
import type { Link } from './document.ts';
import { ownString } from './tag-names.ts';
import { collapseSpaces, type FoundLink, MAX_LINK_TEXT, type TextBlock } from './text-blocks.ts';

const MAX_URL_LENGTH = 2048;
/** Escapes make an address longer, and what is left out shorter. */
const LONGEST_RESOLVED = MAX_URL_LENGTH * 2;

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
  /** What a place in the page itself is, once somebody asked. */
  #self: string | undefined;
  /** The folder is its own normal form, so that what follows decides whether an address is. */
  readonly #isPlain: boolean;
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
    this.#isPlain = isPlainUrl(this.#folder, MAX_URL_LENGTH);
    this.#known = addressesOf(this.#folder);
  }

  /** The absolute URL without fragment; empty for what can't be fetched. */
  resolve(href: string): string {
    // Whatever the fragment is.
    if (href.startsWith('#') && href.length <= LONGEST_RESOLVED) {
      return (this.#self ??= resolve('#', this.#base));
    }
    const address = withoutFragment(href);
    const plain = this.#joined(address);
    if (plain !== '') return plain;
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

  /** What an address becomes where neither it nor the base needs anything else than to be put together; else empty. */
  #joined(address: string): string {
    if (address.includes(':')) return isPlainUrl(address, MAX_URL_LENGTH) ? address : '';
    if (!this.#isPlain || address === '' || address.startsWith('//')) return '';
    let before = this.#origin;
    let from = 0;
    if (!address.startsWith('/')) {
      before = this.#folder;
      for (; address.startsWith('../', from); from += 3) before = this.#above(before);
    }
    if (before.length + address.length - from > MAX_URL_LENGTH || !isPlainPath(address, from)) return '';
    return before + (from === 0 ? address : address.slice(from));
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
  if (href === '' || href.length > LONGEST_RESOLVED) return '';
  const url = URL.parse(href, base);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return '';
  if (href.includes('#')) url.hash = '';
  return url.href.length > MAX_URL_LENGTH ? '' : url.href;
}
