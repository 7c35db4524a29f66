/**
 * Terms without positions by which a document can be asked for: its address, links, metadata, name of its site. What
 * each is made of stands in docs/formats/terms.md.
 */

import { filterHash, headOfPair, tokenize } from '../text/index.ts';
import type { StoredDocument } from './document.ts';
import { ownString } from './tag-names.ts';
import { siteOfUrl, sitesOf, urlKey, type UrlParts } from './url-parts.ts';

/** A word of a field of metadata. */
export const META_WORD = 'meta';
/** A whole value of a field of metadata. */
export const META_VALUE = 'metavalue';
/** The document has the field at all. */
export const META_NAME = 'metaname';
/** A name by which people call a site, in letters and digits alone, of its home page. */
export const HOME_NAME = 'home';

/** Terms of metadata, and of links: more of a document are left out. */
const MAX_META_TERMS = 2_000;
const MAX_META_WORDS = 200;
const MAX_LINK_TERMS = 2_000;
/** Links that can hardly have more terms, so that nobody needs to tell them apart. */
const FEW_LINKS = 250;
const MAX_HOME_NAME = 64;
const MAX_NAME_WORDS = 6;

/** What is hashed of a field and a value. */
export function metaTerm(name: string, value: string): string {
  return `${name}=${value}`;
}

/** The parts of the document that {@link filterHash} makes terms of, field and value; some of them twice. */
export function fieldTerms(stored: StoredDocument, parts: UrlParts): bigint[] {
  const terms = [
    filterHash('url', urlKey(stored.url)),
    filterHash('hopcount', String(stored.depth)),
    ...ipTerms(stored.ip),
  ];
  addLinkTerms(stored, terms);
  addMetaTerms(stored, terms);
  terms.push(...homeTerms(stored, parts));
  return terms;
}

function ipTerms(ip: string): bigint[] {
  if (ip === '') return [];
  const [network] = /^\d+\.\d+\.\d+(?=\.)/.exec(ip) ?? [];
  return [ip, ...(network === undefined ? [] : [network])].map((value) => filterHash('ip', value));
}

function addLinkTerms({ links }: StoredDocument, terms: bigint[]): void {
  if (links.length <= FEW_LINKS) {
    for (const { url } of links) for (const hash of hashesOfLink(url)) terms.push(hash);
    return;
  }
  const distinct = new Set<bigint>();
  for (const { url } of links) {
    if (distinct.size >= MAX_LINK_TERMS) break;
    for (const hash of hashesOfLink(url)) distinct.add(hash);
  }
  terms.push(...distinct);
}

/** Pages of a site share most of their links. */
const knownLinks = new Map<string, readonly bigint[]>();
const MAX_KNOWN_LINKS = 8192;

function hashesOfLink(url: string): readonly bigint[] {
  let hashes = knownLinks.get(url);
  if (hashes === undefined) {
    hashes = [filterHash('link', urlKey(url)), ...hashesOfSite(siteOfUrl(url))];
    if (knownLinks.size >= MAX_KNOWN_LINKS) knownLinks.clear();
    knownLinks.set(ownString(url), hashes);
  }
  return hashes;
}

/** And most links lead to few sites. */
const knownSites = new Map<string, readonly bigint[]>();
const MAX_KNOWN_SITES = 1024;

function hashesOfSite(site: string | undefined): readonly bigint[] {
  if (site === undefined) return [];
  let hashes = knownSites.get(site);
  if (hashes === undefined) {
    hashes = sitesOf(site).map((name) => filterHash('sitelink', name));
    if (knownSites.size >= MAX_KNOWN_SITES) knownSites.clear();
    knownSites.set(ownString(site), hashes);
  }
  return hashes;
}

function addMetaTerms({ meta, author, siteName }: StoredDocument, terms: bigint[]): void {
  const end = terms.length + MAX_META_TERMS;
  if (knownMeta >= MAX_KNOWN_META) {
    knownNames.clear();
    knownMeta = 0;
  }
  const add = (name: string, value: string): void => {
    for (const hash of hashesOfMeta(name, value)) if (terms.length < end) terms.push(hash);
  };
  for (const name in meta) {
    if (name !== 'author' && name !== 'sitename') add(name, meta[name] ?? '');
  }
  add('author', author);
  add('sitename', siteName);
}

/** A name of metadata: as it is in terms, the term that says that it is there, and those of values that were met lately. */
interface KnownName {
  readonly name: string;
  readonly hash: bigint;
  readonly values: Map<string, readonly bigint[]>;
}

/** Pages of a site say much the same of themselves, but for what is long. */
const knownNames = new Map<string, KnownName>();
const MAX_KNOWN_META = 2048;
const LONGEST_KNOWN_META = 100;
/** Names and values that are known. */
let knownMeta = 0;

function hashesOfMeta(rawName: string, value: string): readonly bigint[] {
  if (value === '') return [];
  const isShort = rawName.length + value.length < LONGEST_KNOWN_META;
  const { name, hash, values } = knownNames.get(rawName) ?? nameOfMeta(rawName, isShort);
  const before = isShort ? values.get(value) : undefined;
  if (before !== undefined) return before;
  const words = tokenize(value, MAX_META_WORDS).map(({ word }) => word);
  const hashes =
    words.length === 0
      ? []
      : [
          hash,
          filterHash(META_VALUE, metaTerm(name, words.join(' '))),
          ...new Set(words.map((word) => filterHash(META_WORD, metaTerm(name, word)))),
        ];
  if (isShort) {
    values.set(ownString(value), hashes);
    knownMeta += 1;
  }
  return hashes;
}

function nameOfMeta(rawName: string, isKept: boolean): KnownName {
  // A colon ends the name in a query.
  const name = rawName.toLowerCase().replaceAll(':', '.');
  const known = { name, hash: filterHash(META_NAME, name), values: new Map<string, readonly bigint[]>() };
  if (isKept) {
    knownNames.set(ownString(rawName), known);
    knownMeta += 1;
  }
  return known;
}

/** Names of a site: of its home page only, so that nobody else can claim them. */
function homeTerms({ title, siteName }: StoredDocument, { isHome, sites }: UrlParts): bigint[] {
  if (!isHome) return [];
  const names = [siteName, ...title.split(/[|–—·•»:]|\s-\s/), ...sites.flatMap(hostNames)];
  return names.map(homeName).flatMap((name) => (name === '' ? [] : [filterHash(HOME_NAME, name)]));
}

/** `bluerivers.co.uk` is called `bluerivers` and `bluerivers.co.uk`. */
function hostNames(site: string): string[] {
  const label = site.split('.', 1)[0] ?? '';
  return [label, site];
}

/** A name in letters and digits alone: `Blue Rivers`, `blue-rivers` and `BlueRivers` are one. Empty for no name. */
export function homeName(text: string): string {
  const words = tokenize(text, MAX_HOME_NAME + 1);
  const parted = words.filter(({ start }, i) => start >= (words[i - 1]?.end ?? 0));
  if (parted.length > MAX_NAME_WORDS || words.length > MAX_HOME_NAME) return '';
  // Of pairs that share a character each adds one.
  const name = words
    .map(({ word, start }, i) =>
      start < (words[i - 1]?.end ?? 0) ? word.slice(headOfPair(word).length) : word,
    )
    .join('');
  return name.length < 2 || name.length > MAX_HOME_NAME ? '' : name;
}
