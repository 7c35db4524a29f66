/** From a stored document to what the index needs of it. Deterministic: the same record gives the same bytes. */

import { type AnalysedDocument, fieldGroup } from '../text/index.ts';
import { filterHash, languageNumber } from '../text/index.ts';
import { hashString32 } from '../base/index.ts';
import { fieldsOf } from './document-fields.ts';
import type { SectionKind, StoredDocument } from './document.ts';
import { fieldTerms } from './field-terms.ts';
import { type Inbound, NEUTRAL_RANK, repeatsOf } from './inbound.ts';
import { nearValues } from './near-duplicates.ts';
import { extensionOf, extensionOfType } from './sniff.ts';
import { TermCollector } from './term-collector.ts';
import { partsOfUrl, type UrlParts } from './url-parts.ts';

const GROUP_OF_SECTION: Readonly<Record<SectionKind, number>> = {
  text: fieldGroup('body'),
  table: fieldGroup('body'),
  code: fieldGroup('body'),
  quote: fieldGroup('body'),
  caption: fieldGroup('body'),
  heading: fieldGroup('heading'),
  list: fieldGroup('list'),
  menu: fieldGroup('menu'),
};

/** Beside what the link graph says: front pages stand above the middle, deep pages a little below. */
const HOME_BONUS = 24;
const DEPTH_MALUS = 4;
const LOWEST_DEPTH = 8;
const MINUTE_MS = 60_000;
const MAX_UINT32 = 0xffff_ffff;

export interface Analysis {
  readonly document: AnalysedDocument;
  /** Tokens indexed. */
  readonly tokens: number;
  /** The document has more tokens than are indexed. */
  readonly isCut: boolean;
}

/**
 * Terms, positions, zones, filters and columns of `stored`, and of what other pages say of it. With `borrows` its arrays
 * are good until the next document, for who encodes them at once.
 */
export function analyse(stored: StoredDocument, inbound?: Inbound, borrows = false): Analysis {
  const parts = partsOfUrl(stored.url);
  const terms = new TermCollector(stored.language);
  for (const [group, text, language] of zonesOf(stored, parts)) terms.addZone(group, text, language);
  for (const anchor of inbound?.anchors ?? []) {
    const group = fieldGroup(anchor.isOwnSite ? 'siteAnchor' : 'anchor');
    for (let n = repeatsOf(anchor); n > 0; n--) terms.addZone(group, anchor.text);
  }
  const site = parts.sites[0] ?? '';
  return {
    document: {
      ...terms.finish(borrows),
      filterHashes: filtersOf(stored, parts),
      columns: {
        siteHash: hashString32(site),
        language: languageNumber(stored.language),
        date_min: Math.min(MAX_UINT32, Math.max(0, Math.floor(stored.published_ms / MINUTE_MS))),
        rank: rankOf(inbound?.rank ?? NEUTRAL_RANK, stored.depth, parts.isHome),
        depth: Math.min(255, stored.depth),
        contentHash: Number.parseInt(stored.contentHash.slice(0, 8), 16),
      },
      fields: fieldsOf(stored, parts, terms.tokens),
    },
    tokens: terms.tokens,
    isCut: terms.isCut,
  };
}

/** Texts of a document in the order of their positions, each with its field group and language. */
export function* zonesOf(
  stored: StoredDocument,
  parts: UrlParts = partsOfUrl(stored.url),
): Iterable<readonly [group: number, text: string, language: string]> {
  const { language: own } = stored;
  yield [fieldGroup('title'), stored.title, own];
  for (const { kind, text, language = own } of stored.sections) {
    yield [GROUP_OF_SECTION[kind], text, language];
  }
  yield [fieldGroup('url'), parts.words, own];
  yield [fieldGroup('meta'), stored.description, own];
  yield [fieldGroup('meta'), stored.meta['keywords'] ?? '', own];
}

function filtersOf(stored: StoredDocument, parts: UrlParts): BigUint64Array {
  const { host, sites } = parts;
  const filters = fieldTerms(stored, parts);
  for (const site of sites) filters.push(filterHash('site', site));
  // By its name alone, too: who asks for a host seldom knows at which port it answers.
  for (const name of new Set([host, host.replace(/:\d+$/, '')])) {
    if (name !== '') filters.push(filterHash('host', name));
  }
  if (stored.language !== '') filters.push(filterHash('lang', stored.language));
  filters.push(filterHash('type', stored.kind));
  for (const extension of [extensionOf(stored.url), extensionOfType(stored.contentType)]) {
    if (extension !== '') filters.push(filterHash('type', extension));
  }
  // Finds exact duplicates without a database of their own.
  filters.push(filterHash('content', stored.contentHash));
  // And candidates for near-duplicates.
  for (const value of nearValues(stored.fingerprint, stored.sections))
    filters.push(filterHash('near', value));
  return distinct(sorted(filters));
}

function sorted(numbers: readonly bigint[]): BigUint64Array {
  // One by one: made of a list, an array asks each whether it is a number.
  const array = new BigUint64Array(numbers.length);
  for (let i = 0; i < array.length; i++) array[i] = numbers[i] as bigint;
  return array.sort();
}

/** Ascending numbers, each once; by their halves, for which nothing is allocated. */
function distinct(numbers: BigUint64Array): BigUint64Array {
  const halves = new Uint32Array(numbers.buffer);
  let used = 0;
  for (let at = 0; at < halves.length; at += 2) {
    const low = halves[at] as number;
    const high = halves[at + 1] as number;
    if (used > 0 && low === halves[used - 2] && high === halves[used - 1]) continue;
    halves[used] = low;
    halves[used + 1] = high;
    used += 2;
  }
  return numbers.slice(0, used / 2);
}

function rankOf(standing: number, depth: number, isHome: boolean): number {
  const rank = standing + (isHome ? HOME_BONUS : 0) - Math.min(depth, LOWEST_DEPTH) * DEPTH_MALUS;
  return Math.min(255, Math.max(0, rank));
}
