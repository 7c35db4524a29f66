/** Links of a page as absolute URLs: resolved, without fragment, http and https only. */

import type { Link } from './document.ts';
import { collapseSpaces, type FoundLink, MAX_LINK_TEXT, type TextBlock } from './text-blocks.ts';

const MAX_URL_LENGTH = 2048;

/** Pages of one folder lead to the same places by the same words. */
const knownAddresses = new Map<string, string>();
const MAX_KNOWN_ADDRESSES = 4096;
const LONGEST_KNOWN = 300;
/** An address that keeps nothing of the file of its base, as `?query`, `#fragment` and `http:?query` do. */
const OF_FOLDER = /^(?:[a-z][a-z0-9+.-]*:\/\/|[./]*\/|[\w.~-][^:]*$)/i;

export class LinkResolver {
  readonly #base: string;
  /** The folder of the base, which decides alone what the address of a file becomes. */
  readonly #folder: string;
  readonly #resolved = new Map<string, string>();

  /** `base` is the page's `<base href>`, or empty. */
  constructor(pageUrl: string, base: string) {
    this.#base = resolve(base, pageUrl) || (URL.parse(pageUrl)?.href ?? pageUrl);
    this.#folder = this.#base.slice(0, this.#base.search(/[?#]|$/)).replace(/[^/]*$/, '');
  }

  /** The absolute URL without fragment; empty for what can't be fetched. */
  resolve(href: string): string {
    const address = withoutFragment(href);
    let url = this.#resolved.get(address);
    if (url === undefined) {
      url = this.#resolveAnew(address);
      this.#resolved.set(address, url);
    }
    return url;
  }

  #resolveAnew(address: string): string {
    if (!OF_FOLDER.test(address)) return resolve(address, this.#base);
    const key = `${this.#folder} ${address}`;
    let url = knownAddresses.get(key);
    if (url === undefined) {
      url = resolve(address, this.#base);
      if (knownAddresses.size >= MAX_KNOWN_ADDRESSES) knownAddresses.clear();
      if (key.length <= LONGEST_KNOWN) knownAddresses.set(key, url);
    }
    return url;
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
