/** What a URL says about its document: words, sites, host. */

import { parse } from 'tldts';
import { isPlainUrl } from '../base/index.ts';
import { ownString } from './tag-names.ts';

export interface UrlParts {
  /** Host name with the port where there is one. */
  readonly host: string;
  /** Host name without `www.`, and its parents down to the registrable domain; the host itself for IP addresses. */
  readonly sites: readonly string[];
  /** Host, path and query with escapes undone, for the tokenizer. */
  readonly words: string;
  /** The URL is the front page of its host. */
  readonly isHome: boolean;
}

const MAX_WORDS_LENGTH = 1000;

export function partsOfUrl(url: string): UrlParts {
  if (isPlainUrl(url, url.length)) return partsOfPlain(url);
  const parsed = URL.parse(url);
  if (parsed === null) return { host: '', sites: [], words: url.slice(0, MAX_WORDS_LENGTH), isHome: false };
  const { host, hostname, pathname, search } = parsed;
  const site = hostname.replace(/^www\./, '');
  return {
    host,
    sites: sitesOf(site),
    words: `${site} ${unescaped(pathname)} ${unescaped(search)}`.slice(0, MAX_WORDS_LENGTH),
    isHome: pathname === '/' && search === '',
  };
}

function partsOfPlain(url: string): UrlParts {
  const hostAt = hostAtOf(url);
  const pathAt = url.indexOf('/', hostAt);
  const site = url.slice(siteAt(url), pathAt);
  return {
    host: url.slice(hostAt, pathAt),
    sites: sitesOf(site),
    // Nothing of it is escaped.
    words: `${site} ${url.slice(pathAt).replaceAll('+', ' ')} `.slice(0, MAX_WORDS_LENGTH),
    isHome: pathAt === url.length - 1,
  };
}

/** Host of an address, with its port where it is not the usual one; empty for what is no address. */
export function hostOfUrl(url: string): string {
  if (!isPlainUrl(url, url.length)) return URL.parse(url)?.host ?? '';
  const at = hostAtOf(url);
  return url.slice(at, url.indexOf('/', at));
}

/** An address as people type it: without scheme, `www.` and the slash at the end. */
export function urlKey(url: string): string {
  if (isPlainUrl(url, url.length)) return url.slice(siteAt(url), url.endsWith('/') ? -1 : undefined);
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`);
  if (parsed === null) return url;
  const { host, pathname, search } = parsed;
  return `${host.replace(/^www\./, '')}${pathname}${search}`.replace(/\/$/, '');
}

/** Host name of an address without `www.`; undefined for what is no address. */
export function siteOfUrl(url: string): string | undefined {
  if (!isPlainUrl(url, url.length)) return URL.parse(url)?.hostname.replace(/^www\./, '');
  const at = siteAt(url);
  return url.slice(at, url.indexOf('/', at));
}

const WWW = 'www.';

/** Where in a plain URL its host begins. */
const hostAtOf = (url: string): number => url.indexOf('/') + 2;

/** Where in a plain URL the name of its site begins. */
function siteAt(url: string): number {
  const host = hostAtOf(url);
  return url.startsWith(WWW, host) ? host + WWW.length : host;
}

/** Documents and links are of few sites. */
const knownSites = new Map<string, readonly string[]>();
const MAX_KNOWN_SITES = 1024;

/** A site and its parents down to the registrable domain. */
export function sitesOf(site: string): readonly string[] {
  let sites = knownSites.get(site);
  if (sites === undefined) {
    const own = ownString(site);
    sites = readSites(own);
    if (knownSites.size >= MAX_KNOWN_SITES) knownSites.clear();
    knownSites.set(own, sites);
  }
  return sites;
}

function readSites(site: string): string[] {
  const { domain, isIp } = parse(site, { allowPrivateDomains: true });
  if (isIp === true || domain === null || !site.endsWith(domain)) return [site];
  const sites = [];
  for (let rest = site; rest.length >= domain.length;) {
    sites.push(rest);
    const dot = rest.indexOf('.');
    if (rest === domain || dot < 0) break;
    rest = rest.slice(dot + 1);
  }
  return sites;
}

function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
